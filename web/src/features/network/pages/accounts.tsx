import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Age } from '@/ui/day';
import { ExportMenu } from '@/ui/export-menu';
import { StateBadge } from '@/ui/state-badge';
import { Empty } from '@/ui/states';
import { NetworkHead } from '../parts/network-head';

type Row = Schemas['AccountView'];

const STATES = ['reserved', 'live', 'closed'] as const;

export function AccountsPage() {
  const { t } = useTranslation(['network', 'common']);
  const state = useListState();
  const navigate = useNavigate();
  const { mac_differs, ...rest } = listQuery(state) as Record<string, string> & { limit: number };
  const asked = { ...rest, ...(mac_differs && { mac_differs: true }) };
  const list = api.useQuery(
    'get',
    '/api/v1/accounts',
    { params: { query: asked } },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Row>[] = [
    {
      id: 'user',
      header: t('username'),
      sort: 'username',
      cell: (row) => (
        <>
          <b className="serial">{row.username}</b>
          <div className="quiet">{row.customer_name}</div>
        </>
      ),
    },
    {
      id: 'desired',
      header: t('common:state'),
      cell: (row) =>
        row.state === 'live' && row.desired ? (
          <StateBadge kind="access" state={row.desired} />
        ) : (
          t(`account_${row.state}` as never)
        ),
    },
    {
      id: 'mac',
      header: t('mac'),
      wideOnly: true,
      cell: (row) => (
        <>
          <span className="serial">{row.mac ?? '–'}</span>
          {row.mac_differs && <div className="quiet">{t('mac_differs')}</div>}
        </>
      ),
    },
    { id: 'branch', header: t('common:branch'), wideOnly: true, cell: (row) => row.branch_name },
    {
      id: 'session',
      header: t('online_for'),
      right: true,
      cell: (row) => (row.session_state ? <Age since={row.session_since} /> : t('offline')),
    },
  ];
  return (
    <>
      <NetworkHead at="accounts" />
      <DataTable
        label={t('accounts')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.networkAccount(row.id) })}
        state={state}
        searchable={t('reject_search')}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: t(`account_${value}`) })),
          },
          {
            id: 'mac_differs',
            label: t('mac'),
            options: [{ value: 'true', label: t('mac_differs') }],
          },
        ]}
        tools={<ExportMenu list="accounts" query={asked} />}
        empty={<Empty icon="lock" title={t('accounts_empty')} />}
      />
    </>
  );
}
