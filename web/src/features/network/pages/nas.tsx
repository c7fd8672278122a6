import { Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { groupDigits } from '@/lib/money';
import { type Column, DataTable } from '@/ui/data-table';
import { Age, Instant } from '@/ui/day';
import { FormAction } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Empty } from '@/ui/states';
import { NasActions } from '../parts/nas-actions';
import { AddNas } from '../parts/nas-forms';
import { NetworkHead } from '../parts/network-head';

type Row = Schemas['NasView'];

export function NasPage() {
  const { t } = useTranslation(['network', 'common']);
  const can = useCan();
  const list = api.useQuery(
    'get',
    '/api/v1/nas',
    { params: { query: { limit: 200 } } },
    { refetchInterval: 15_000 },
  );
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: t('nas_one'),
      cell: (row) => (
        <>
          <b className="nowrap">{row.name}</b>
          <div className="quiet">{row.branch_name}</div>
        </>
      ),
    },
    {
      id: 'address',
      header: t('address'),
      cell: (row) => <span className="serial">{row.address}</span>,
    },
    { id: 'vendor', header: t('vendor'), wideOnly: true, cell: (row) => row.vendor },
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
      id: 'radius',
      header: t('nas_radius'),
      right: true,
      wideOnly: true,
      cell: (row) => (
        <>
          {groupDigits(row.radius.accepted)} / {groupDigits(row.radius.rejected)}
          {row.radius.secret_differs ? (
            <Text size="xs" c="red">
              {t('nas_secret_differs', { count: row.radius.unproven })}
            </Text>
          ) : (
            <div className="quiet">
              {t('nas_radius_rest', {
                accounted: groupDigits(row.radius.accounted),
                repeated: groupDigits(row.radius.repeated),
                bad: groupDigits(row.radius.unproven + row.radius.dropped),
              })}
            </div>
          )}
        </>
      ),
    },
    {
      id: 'asked',
      header: t('nas_last_packet'),
      right: true,
      wideOnly: true,
      cell: (row) => (
        <>
          <Age since={latest(row.radius.last_auth_at, row.radius.last_acct_at)} />
          <div className="quiet serial">{row.radius.source}</div>
        </>
      ),
    },
    {
      id: 'seen',
      header: t('last_seen'),
      right: true,
      wideOnly: true,
      cell: (row) => <Age since={row.last_seen_at} />,
    },
    { id: 'act', header: '', right: true, cell: (row) => <NasActions nas={row} /> },
  ];
  return (
    <>
      <NetworkHead at="nas" />
      <DataTable
        label={t('nas')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        tools={
          <FormAction
            label={t('nas_add')}
            leftSection={<Icon name="plus" size={16} />}
            verdict={can('nas_write')}
          >
            {(close) => <AddNas close={close} />}
          </FormAction>
        }
        empty={<Empty icon="network" title={t('nas_empty')} hint={t('nas_empty_hint')} />}
      />
      <UnknownNas />
    </>
  );
}

const latest = (one?: string | null, two?: string | null) =>
  (one ?? '') > (two ?? '') ? one : two;

/** Routers that ask without being known: each can be added with its address. */
function UnknownNas() {
  const { t } = useTranslation('network');
  const can = useCan();
  const found = api.useQuery('get', '/api/v1/nas/unknown', undefined, { refetchInterval: 30_000 });
  if (!found.data || found.data.items.length === 0) return null;
  return (
    <Stack gap={8} mt="lg">
      <Title order={2} fz={15}>
        {t('nas_unknown')}
      </Title>
      <DataTable
        label={t('nas_unknown')}
        query={found}
        rowKey={(row) => row.address}
        columns={[
          {
            id: 'address',
            header: t('address'),
            cell: (row) => (
              <>
                <b className="serial">{row.address}</b>
                <div className="quiet">{row.identifier}</div>
              </>
            ),
          },
          {
            id: 'count',
            header: t('times'),
            right: true,
            cell: (row) => groupDigits(row.count),
          },
          {
            id: 'last',
            header: t('last_time'),
            right: true,
            wideOnly: true,
            cell: (row) => <Instant at={row.last_at} />,
          },
          {
            id: 'act',
            header: '',
            right: true,
            cell: (row) => (
              <FormAction size="compact-sm" label={t('nas_add')} verdict={can('nas_write')}>
                {(close) => <AddNas close={close} address={row.address} />}
              </FormAction>
            ),
          },
        ]}
        empty={null}
      />
    </Stack>
  );
}
