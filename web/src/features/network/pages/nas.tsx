import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { groupDigits } from '@/lib/money';
import { type Column, DataTable } from '@/ui/data-table';
import { Age } from '@/ui/day';
import { Empty } from '@/ui/states';
import { NetworkHead } from '../parts/network-head';

type Row = Schemas['NasView'];

export function NasPage() {
  const { t } = useTranslation(['network', 'common']);
  const list = api.useQuery(
    'get',
    '/api/v1/nas',
    { params: { query: { limit: 200 } } },
    { refetchInterval: 15_000 },
  );
  const columns: Column<Row>[] = [
    { id: 'name', header: t('nas_one'), cell: (row) => <b>{row.name}</b> },
    {
      id: 'address',
      header: t('address'),
      cell: (row) => <span className="serial">{row.address}</span>,
    },
    { id: 'vendor', header: t('vendor'), wideOnly: true, cell: (row) => row.vendor },
    { id: 'branch', header: t('common:branch'), wideOnly: true, cell: (row) => row.branch_name },
    { id: 'coa', header: t('coa_port'), right: true, wideOnly: true, cell: (row) => row.coa_port },
    {
      id: 'strict',
      header: t('message_authenticator'),
      wideOnly: true,
      cell: (row) => t(`ma_${row.message_authenticator}` as never),
    },
    {
      id: 'live',
      header: t('live_sessions'),
      right: true,
      cell: (row) => groupDigits(row.live_sessions),
    },
    {
      id: 'seen',
      header: t('last_seen'),
      right: true,
      cell: (row) => <Age since={row.last_seen_at} />,
    },
  ];
  return (
    <>
      <NetworkHead at="nas" />
      <DataTable
        label={t('nas')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        empty={<Empty icon="network" title={t('nas_empty')} hint={t('nas_empty_hint')} />}
      />
    </>
  );
}
