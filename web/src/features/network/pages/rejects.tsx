import { Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { To } from '@/ui/link';
import { Empty } from '@/ui/states';
import { groupDigits } from '@/lib/money';
import { NetworkHead } from '../parts/network-head';

type Row = Schemas['RejectView'];

export function RejectsPage() {
  const { t } = useTranslation(['network', 'common']);
  const state = useListState();
  const list = api.useQuery(
    'get',
    '/api/v1/rejects',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData, refetchInterval: 15_000 },
  );
  const columns: Column<Row>[] = [
    {
      id: 'user',
      header: t('username'),
      cell: (row) => (
        <>
          <b className="serial">{row.username}</b>
          {row.customer_id && (
            <div>
              <To size="xs" to={path.customer(row.customer_id)}>
                {row.customer_name ?? t('open_customer')}
              </To>
            </div>
          )}
        </>
      ),
    },
    {
      id: 'reason',
      header: t('reject_reason'),
      cell: (row) => (
        <>
          {t(`reject_${row.reason}` as never, { defaultValue: 'Voucher' })}
          <Text size="xs" c="dimmed">
            {row.detail}
          </Text>
        </>
      ),
    },
    { id: 'nas', header: t('nas_one'), wideOnly: true, cell: (row) => row.nas_name },
    {
      id: 'mac',
      header: t('mac_seen'),
      wideOnly: true,
      cell: (row) => (
        <>
          <span className="serial">{row.mac_seen ?? '–'}</span>
          {row.mac_expected && (
            <div className="quiet">
              {t('mac_expected')} <span className="serial">{row.mac_expected}</span>
            </div>
          )}
        </>
      ),
    },
    { id: 'count', header: t('times'), right: true, cell: (row) => groupDigits(row.count) },
    {
      id: 'last',
      header: t('last_time'),
      right: true,
      wideOnly: true,
      cell: (row) => <Instant at={row.last_at} />,
    },
  ];
  return (
    <>
      <NetworkHead at="rejects" />
      <DataTable
        label={t('rejects')}
        query={list}
        columns={columns}
        rowKey={(row) => `${row.username}-${row.reason}-${row.nas_name}`}
        state={state}
        searchable={t('reject_search')}
        empty={<Empty icon="check" title={t('rejects_empty')} hint={t('rejects_empty_hint')} />}
      />
    </>
  );
}
