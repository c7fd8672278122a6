// Who works here: what payroll has to know of them, and what an attached one says otherwise.
import { Badge, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { useListState } from '@/lib/list-state';
import { type Column, DataTable } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { FormAction, FormBody } from '@/ui/form';
import { Empty, PageHead } from '@/ui/states';
import { Asked } from '../parts/asked';

type Person = Schemas['StaffMember'];

export function PeoplePage() {
  const { t } = useTranslation(['hr', 'identity', 'common']);
  const state = useListState();
  const can = useCan();
  const found = api.useQuery('get', '/api/v1/people');
  const items = (found.data?.items ?? []).filter((one) =>
    one.name.toLowerCase().includes(state.q.toLowerCase()),
  );
  const columns: Column<Person>[] = [
    {
      id: 'name',
      header: t('employee'),
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <div className="quiet">
            {row.roles.map((role) => t(`identity:role_${role}` as never)).join(', ')} ·{' '}
            {row.branch ?? t('common:all_branches')}
          </div>
        </>
      ),
    },
    { id: 'data', header: t('person_data'), cell: (row) => <Data row={row} /> },
    {
      id: 'do',
      header: '',
      right: true,
      cell: (row) =>
        row.is_employee && (
          <FormAction
            size="xs"
            variant="default"
            label={t(row.papers ? 'data_change' : 'data_fill')}
            verdict={can('staff_write')}
          >
            {(close) => <Papers row={row} close={close} />}
          </FormAction>
        ),
    },
  ];
  return (
    <Stack>
      <PageHead title={t('people')} note={t('people_note')} />
      <Asked />
      <DataTable
        label={t('people')}
        query={{ ...found, data: found.data && { items } }}
        columns={columns}
        rowKey={(row) => row.id}
        state={state}
        searchable={t('person')}
        empty={<Empty icon="people" title={t('people_empty')} hint="" />}
      />
    </Stack>
  );
}

function Data({ row }: { row: Person }) {
  const { t } = useTranslation('hr');
  if (!row.is_employee) return <span className="quiet">{t('not_employee')}</span>;
  if (!row.papers) {
    return (
      <Badge color="amber" variant="light" tt="none">
        {t('data_missing')}
      </Badge>
    );
  }
  return (
    <Group gap={4}>
      <Text size="sm" component="div">
        {t(row.papers.gender === 'male' ? 'male' : 'female')}, <Day day={row.papers.born_on} /> ·{' '}
        {t('joined_since')} <Day day={row.papers.joined_on} />
      </Text>
    </Group>
  );
}

function Papers({ row, close }: { row: Person; close: () => void }) {
  const { t } = useTranslation(['hr', 'common']);
  const queries = useQueryClient();
  const save = api.useMutation('put', '/api/v1/people/{id}/papers', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      gender: row.papers?.gender ?? '',
      born_on: row.papers?.born_on ?? '',
      joined_on: row.papers?.joined_on ?? '',
    },
    validate: {
      gender: (value) => (value ? null : t('common:required')),
      born_on: (value) => (value ? null : t('common:required')),
      joined_on: (value) => (value ? null : t('common:required')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('common:save')}
      cancel={close}
      onSubmit={async (body) => {
        await save.mutateAsync({ params: { path: { id: row.id } }, body });
        await queries.invalidateQueries();
        close();
      }}
    >
      <Text fw={600}>{row.name}</Text>
      <Select
        label={t('gender')}
        required
        data={[
          { value: 'male', label: t('male') },
          { value: 'female', label: t('female') },
        ]}
        {...form.getInputProps('gender')}
        onChange={(value) => form.setFieldValue('gender', value ?? '')}
      />
      <TextInput label={t('born_on')} type="date" required {...form.getInputProps('born_on')} />
      <TextInput label={t('joined_on')} type="date" required {...form.getInputProps('joined_on')} />
    </FormBody>
  );
}
