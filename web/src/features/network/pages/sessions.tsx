import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatBytes } from '@/lib/bytes';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { useChoice } from '@/ui/bulk/choice';
import { type Column, DataTable } from '@/ui/data-table';
import { Age } from '@/ui/day';
import { ExportMenu } from '@/ui/export-menu';
import { To } from '@/ui/link';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty } from '@/ui/states';
import { Kick } from '../parts/kick';
import { NetworkHead } from '../parts/network-head';
import { KickMany } from '../parts/kick-many';

type Row = Schemas['NetworkSession'];

export function SessionsPage() {
  const { t } = useTranslation(['network', 'common']);
  const state = useListState();
  const navigate = useNavigate();
  const can = useCan();
  const asked = listQuery(state);
  const list = api.useQuery(
    'get',
    '/api/v1/sessions',
    { params: { query: asked } },
    { placeholderData: keepPreviousData, refetchInterval: 15_000 },
  );
  const many = can('session_kick').allowed;
  const { choice, choosing } = useChoice<Row>(list.data?.items ?? [], (row) => ({
    id: row.id,
    name: row.username,
  }));
  const columns: Column<Row>[] = [
    {
      id: 'user',
      header: t('username'),
      cell: (row) => (
        <>
          <b className="serial">{row.username}</b>
          <div className="quiet">
            {row.customer_id ? (
              <To size="xs" to={path.customer(row.customer_id)}>
                {row.customer_name}
              </To>
            ) : (
              t('nobody')
            )}
          </div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => (
        <span style={{ display: 'inline-flex', gap: 4 }}>
          <StateBadge kind="session" state={row.state} />
          {row.isolated && <StateBadge kind="access" state="isolated" />}
        </span>
      ),
    },
    {
      id: 'ip',
      header: t('ip'),
      wideOnly: true,
      cell: (row) => <span className="serial">{row.framed_ip ?? '–'}</span>,
    },
    {
      id: 'mac',
      header: t('mac'),
      wideOnly: true,
      cell: (row) => <span className="serial">{row.mac ?? '–'}</span>,
    },
    { id: 'nas', header: t('nas_one'), wideOnly: true, cell: (row) => row.nas_name },
    {
      id: 'since',
      header: t('online_for'),
      sort: 'started',
      right: true,
      wideOnly: true,
      cell: (row) => <Age since={row.started_at} />,
    },
    {
      id: 'bytes',
      header: t('down_up'),
      right: true,
      wideOnly: true,
      cell: (row) => `${formatBytes(row.bytes_out)} / ${formatBytes(row.bytes_in)}`,
    },
    {
      id: 'act',
      header: '',
      right: true,
      cell: (row) => row.state !== 'closed' && <Kick session={row} />,
    },
  ];
  return (
    <>
      <NetworkHead at="sessions" />
      <DataTable
        label={t('sessions')}
        query={list}
        columns={columns.map((column, at) => (many && at === 0 ? choosing(column) : column))}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.session(row.id) })}
        state={state}
        searchable={t('session_search')}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: ['live', 'suspect', 'closed'].map((value) => ({
              value,
              label: stateWord('session', value),
            })),
          },
        ]}
        tools={
          <>
            {many && <KickMany choice={choice} />}
            <ExportMenu list="sessions" query={asked} />
          </>
        }
        empty={<Empty icon="network" title={t('sessions_empty')} hint={t('sessions_empty_hint')} />}
      />
    </>
  );
}
