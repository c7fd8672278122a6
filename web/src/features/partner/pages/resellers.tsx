import { Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useMe } from '@/api/session';
import { path } from '@/lib/path';
import { formatPhone, looksLikePhone } from '@/lib/phone';
import { keyed } from '@/lib/request-key';
import { type Column, DataTable } from '@/ui/data-table';
import { DayOf } from '@/ui/day';
import { FormAction, FormBody } from '@/ui/form';
import { Empty } from '@/ui/states';
import { toBasisPoints } from '../basis-points';
import { ResellersHead } from '../parts/resellers-head';
import { percent } from '../parts/rules';

type Row = Schemas['PartnerRow'];

export function ResellersPage() {
  const { t } = useTranslation(['partner', 'common']);
  const can = useCan();
  const navigate = useNavigate();
  const list = api.useQuery('get', '/api/v1/partners');
  const nameOf = (id: string) => list.data?.items.find((one) => one.id === id)?.name ?? '–';
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: t('reseller'),
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <div className="quiet serial">{row.code}</div>
        </>
      ),
    },
    {
      id: 'phone',
      header: t('phone'),
      cell: (row) => <span className="nowrap">{formatPhone(row.phone)}</span>,
    },
    {
      id: 'upline',
      header: t('upline'),
      wideOnly: true,
      cell: (row) =>
        row.upline_id ? `${nameOf(row.upline_id)} · ${percent(row.upline_share_bp)}` : '–',
    },
    {
      id: 'since',
      header: t('since'),
      right: true,
      wideOnly: true,
      cell: (row) => <DayOf at={row.created_at} />,
    },
  ];
  return (
    <>
      <ResellersHead at="list">
        <FormAction label={t('reseller_add')} verdict={can('partner_write')}>
          {(close) => <AddReseller all={list.data?.items ?? []} close={close} />}
        </FormAction>
      </ResellersHead>
      <DataTable
        label={t('resellers')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.reseller(row.id) })}
        empty={
          <Empty icon="people" title={t('resellers_empty')} hint={t('resellers_empty_hint')} />
        }
      />
    </>
  );
}

function AddReseller({ all, close }: { all: Row[]; close: () => void }) {
  const { t } = useTranslation(['partner', 'common']);
  const me = useMe();
  const add = api.useMutation('post', '/api/v1/partners', { meta: { quiet: true } });
  const form = useForm({
    initialValues: {
      code: '',
      name: '',
      phone: '',
      branch_id: me.branch_id ?? me.branches[0]?.id ?? '',
      upline_id: '',
      upline_share_bp: '',
    },
    validate: {
      code: (value) => (value.trim() ? null : t('common:required')),
      name: (value) => (value.trim() ? null : t('common:required')),
      phone: (value) => (looksLikePhone(value) ? null : t('phone_unread')),
      upline_share_bp: (value) =>
        value === '' || toBasisPoints(value) !== null ? null : t('percent_unread'),
    },
  });
  const submit = async (values: typeof form.values, key: string) => {
    await add.mutateAsync({
      body: {
        code: values.code.trim(),
        name: values.name.trim(),
        phone: values.phone,
        branch_id: values.branch_id || null,
        upline_id: values.upline_id || null,
        upline_share_bp: toBasisPoints(values.upline_share_bp) ?? 0,
      },
      ...keyed(key),
    });
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={close}>
      <TextInput label={t('code')} required data-autofocus {...form.getInputProps('code')} />
      <TextInput label={t('name')} required {...form.getInputProps('name')} />
      <TextInput label={t('phone')} required inputMode="tel" {...form.getInputProps('phone')} />
      <Select
        label={t('common:branch')}
        data={me.branches.map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('branch_id')}
      />
      <Select
        label={t('upline')}
        clearable
        data={all.map((one) => ({ value: one.id, label: one.name }))}
        {...form.getInputProps('upline_id')}
        onChange={(value) => form.setFieldValue('upline_id', value ?? '')}
      />
      <TextInput
        label={t('upline_percent')}
        inputMode="decimal"
        rightSection="%"
        {...form.getInputProps('upline_share_bp')}
      />
    </FormBody>
  );
}
