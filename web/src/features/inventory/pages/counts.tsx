import { Button, Select } from '@mantine/core';
import { useForm } from '@mantine/form';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { FormBody, FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { StateBadge } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';

type Row = Schemas['CountView'];

/** Stock counts, newest first. */
export function CountsPage() {
  const { t } = useTranslation(['inventory', 'common']);
  const can = useCan();
  const state = useListState();
  const navigate = useNavigate();
  const [opening, open] = useState(false);
  const locations = api.useQuery('get', '/api/v1/locations');
  const list = api.useQuery(
    'get',
    '/api/v1/counts',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData },
  );
  const nameOf = (id: string) => locations.data?.items.find((one) => one.id === id)?.name ?? '–';
  const columns: Column<Row>[] = [
    { id: 'number', header: t('count'), cell: (row) => <b className="serial">{row.number}</b> },
    { id: 'place', header: t('location'), cell: (row) => nameOf(row.location_id) },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="count" state={row.state} />,
    },
    { id: 'by', header: t('count_by'), wideOnly: true, cell: (row) => row.opened_by },
    {
      id: 'at',
      header: t('count_opened'),
      right: true,
      wideOnly: true,
      cell: (row) => <Instant at={row.opened_at} />,
    },
    { id: 'decided', header: t('count_decided_by'), wideOnly: true, cell: (row) => row.decided_by },
  ];
  return (
    <>
      <PageHead title={t('counts')} note={t('counts_note')}>
        {can('stock_write').allowed && (
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => open(true)}>
            {t('count_open')}
          </Button>
        )}
      </PageHead>
      <DataTable
        label={t('counts')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.count(row.id) })}
        state={state}
        empty={<Empty icon="scan" title={t('counts_empty')} hint={t('counts_empty_hint')} />}
      />
      <FormDrawer opened={opening} close={() => open(false)} title={t('count_open')}>
        <OpenForm close={() => open(false)} places={locations.data?.items ?? []} />
      </FormDrawer>
    </>
  );
}

function OpenForm({ close, places }: { close: () => void; places: Schemas['LocationView'][] }) {
  const { t } = useTranslation(['inventory', 'common']);
  const navigate = useNavigate();
  const open = api.useMutation('post', '/api/v1/counts', { meta: { quiet: true } });
  const form = useForm({
    initialValues: { location_id: '' },
    validate: { location_id: (value) => (value ? null : t('common:required')) },
  });
  const submit = async (body: typeof form.values, key: string) => {
    const made = await open.mutateAsync({
      params: { header: { 'Idempotency-Key': key } },
      body,
    });
    close();
    void navigate({ to: path.count(made.id) });
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('count_open')} cancel={close}>
      <Select
        label={t('location')}
        description={t('count_open_hint')}
        required
        searchable
        data={places
          .filter((one) => one.kind === 'warehouse' || one.kind === 'bag')
          .map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('location_id')}
        value={form.values.location_id || null}
        onChange={(value) => form.setFieldValue('location_id', value ?? '')}
      />
    </FormBody>
  );
}
