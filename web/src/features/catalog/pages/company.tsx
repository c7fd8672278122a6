// The company, its branches, and the taxes it charges.
import { Checkbox, NumberInput, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { formatPlace, parsePlace } from '@/lib/geo';
import { keyed } from '@/lib/request-key';
import { DataTable } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { FormAction, FormBody } from '@/ui/form';
import { SetupHead } from '@/ui/setup-head';
import { Empty, Loading } from '@/ui/states';

const quiet = { meta: { quiet: true } };
const ZONES = ['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'];

export function CompanyPage() {
  const can = useCan();
  return (
    <>
      <SetupHead at="company" />
      <Stack>
        <Company />
        <Branches />
        {can('plan_read').allowed && <Taxes />}
      </Stack>
    </>
  );
}

function Company() {
  const { t } = useTranslation('setup');
  const can = useCan();
  const found = api.useQuery('get', '/api/v1/company', undefined, { retry: false });
  if (found.isPending) return <Loading rows={4} />;
  // a fresh server has no company yet: 404
  const company = found.data;
  return (
    <Panel
      title={t('company')}
      tools={
        <FormAction
          size="compact-sm"
          label={t(company ? 'change' : 'company_enter')}
          verdict={can('settings_write')}
        >
          {(close) => <CompanyForm company={company} close={close} />}
        </FormAction>
      }
    >
      {company ? (
        <Facts
          items={[
            [t('company_name'), company.name],
            [t('legal_name'), company.legal_name],
            [t('npwp'), company.npwp],
            [t('is_pkp'), t(company.is_pkp ? 'yes' : 'no')],
            [t('address'), company.address],
            [t('phone'), company.phone],
            [t('email'), company.email],
          ]}
        />
      ) : (
        <Empty icon="home" title={t('company_empty')} hint={t('company_empty_hint')} />
      )}
    </Panel>
  );
}

function CompanyForm({
  company,
  close,
}: {
  company: Schemas['CompanyView'] | undefined;
  close: () => void;
}) {
  const { t } = useTranslation(['setup', 'common']);
  const send = api.useMutation('put', '/api/v1/company', quiet);
  const form = useForm({
    initialValues: {
      name: company?.name ?? '',
      legal_name: company?.legal_name ?? '',
      npwp: company?.npwp ?? '',
      address: company?.address ?? '',
      phone: company?.phone ?? '',
      email: company?.email ?? '',
      is_pkp: company?.is_pkp ?? false,
    },
    validate: {
      name: (value) => (value.trim() ? null : t('common:required')),
      legal_name: (value) => (value.trim() ? null : t('common:required')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('common:save')}
      cancel={close}
      onSubmit={async (values) => {
        await send.mutateAsync({ body: { ...values, npwp: values.npwp.trim() || null } });
        close();
      }}
    >
      <TextInput label={t('company_name')} required {...form.getInputProps('name')} />
      <TextInput label={t('legal_name')} required {...form.getInputProps('legal_name')} />
      <TextInput label={t('npwp')} {...form.getInputProps('npwp')} />
      <Checkbox
        label={t('is_pkp')}
        description={t('is_pkp_hint')}
        {...form.getInputProps('is_pkp', { type: 'checkbox' })}
      />
      <Textarea label={t('address')} autosize minRows={2} {...form.getInputProps('address')} />
      <TextInput label={t('phone')} {...form.getInputProps('phone')} />
      <TextInput label={t('email')} type="email" {...form.getInputProps('email')} />
    </FormBody>
  );
}

function Branches() {
  const { t } = useTranslation('setup');
  const can = useCan();
  const list = api.useQuery('get', '/api/v1/branches');
  return (
    <DataTable
      label={t('branches')}
      query={list}
      rowKey={(row) => row.id}
      tools={
        <FormAction size="sm" label={t('branch_add')} verdict={can('settings_write')}>
          {(close) => <BranchForm close={close} />}
        </FormAction>
      }
      columns={[
        {
          id: 'name',
          header: t('branch'),
          cell: (row) => (
            <>
              <b>{row.name}</b>
              <div className="quiet">{row.code}</div>
            </>
          ),
        },
        { id: 'address', header: t('address'), wideOnly: true, cell: (row) => row.address },
        { id: 'zone', header: t('zone'), cell: (row) => row.zone },
        {
          id: 'place',
          header: t('place'),
          wideOnly: true,
          right: true,
          cell: (row) => formatPlace(row),
        },
      ]}
      empty={<Empty icon="pin" title={t('branches_empty')} hint={t('branches_empty_hint')} />}
    />
  );
}

function BranchForm({ close }: { close: () => void }) {
  const { t } = useTranslation(['setup', 'common', 'crm']);
  const add = api.useMutation('post', '/api/v1/branches', quiet);
  const form = useForm({
    initialValues: { code: '', name: '', address: '', zone: 'Asia/Jakarta', place: '' },
    validate: {
      code: (value) => (value.trim() ? null : t('common:required')),
      name: (value) => (value.trim() ? null : t('common:required')),
      place: (value) => (parsePlace(value) ? null : t('crm:place_unread')),
    },
  });
  return (
    <FormBody
      form={form}
      submit={t('branch_add')}
      cancel={close}
      onSubmit={async ({ place, ...values }, key) => {
        const at = parsePlace(place);
        if (!at) return;
        await add.mutateAsync({ body: { ...values, ...at }, ...keyed(key) });
        close();
      }}
    >
      <TextInput label={t('code')} required {...form.getInputProps('code')} />
      <TextInput label={t('branch')} required {...form.getInputProps('name')} />
      <Textarea label={t('address')} autosize {...form.getInputProps('address')} />
      <Select
        label={t('zone')}
        allowDeselect={false}
        data={ZONES}
        {...form.getInputProps('zone')}
      />
      <TextInput label={t('place')} required {...form.getInputProps('place')} />
    </FormBody>
  );
}

function Taxes() {
  const { t } = useTranslation('setup');
  const can = useCan();
  const list = api.useQuery('get', '/api/v1/taxes');
  return (
    <DataTable
      label={t('taxes')}
      query={list}
      rowKey={(row) => row.from_on}
      tools={
        <FormAction size="sm" label={t('tax_add')} verdict={can('plan_price_write')}>
          {(close) => <TaxForm close={close} />}
        </FormAction>
      }
      columns={[
        { id: 'code', header: t('tax'), cell: (row) => <b>{row.code}</b> },
        { id: 'from', header: t('from'), cell: (row) => <Day day={row.from_on} /> },
        {
          id: 'rate',
          header: t('tax_rate'),
          right: true,
          cell: (row) => `${row.rate_bp / 100} % × ${row.base_num}/${row.base_den}`,
        },
      ]}
      empty={<Empty icon="invoice" title={t('taxes_empty')} />}
    />
  );
}

function TaxForm({ close }: { close: () => void }) {
  const { t } = useTranslation(['setup', 'common']);
  const today = useToday();
  const send = api.useMutation('put', '/api/v1/taxes', quiet);
  const form = useForm({
    initialValues: {
      code: '',
      from_on: today,
      rate: 12 as number | string,
      base_num: 11 as number | string,
      base_den: 12 as number | string,
    },
    validate: { code: (value) => (value.trim() ? null : t('common:required')) },
  });
  return (
    <FormBody
      form={form}
      submit={t('tax_add')}
      cancel={close}
      onSubmit={async (values) => {
        await send.mutateAsync({
          body: {
            code: values.code.trim(),
            from_on: values.from_on,
            rate_bp: Math.round(Number(values.rate) * 100),
            base_num: Number(values.base_num),
            base_den: Number(values.base_den),
          },
        });
        close();
      }}
    >
      <TextInput label={t('tax')} required {...form.getInputProps('code')} />
      <DateInput label={t('from')} {...form.getInputProps('from_on')} />
      <NumberInput label={t('tax_rate')} suffix=" %" {...form.getInputProps('rate')} />
      <NumberInput label={t('tax_num')} min={1} {...form.getInputProps('base_num')} />
      <NumberInput label={t('tax_den')} min={1} {...form.getInputProps('base_den')} />
    </FormBody>
  );
}
