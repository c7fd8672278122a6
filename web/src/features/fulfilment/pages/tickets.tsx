import { Box, Button, SegmentedControl } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { listQuery, type ListState, useListState } from '@/lib/list-state';
import { path, type TicketView } from '@/lib/path';
import { type Column, DataTable, type Filter } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { Due } from '@/ui/due';
import { ExportMenu } from '@/ui/export-menu';
import { Icon } from '@/ui/icon';
import { CATEGORIES, PRIORITIES } from '@/ui/open-ticket';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';
import { ownSubject } from '@/ui/ticket-subject';
import { NewTicket } from '../parts/new-ticket';
import { Priority } from '../parts/ticket-priority';

type Row = Schemas['TicketRow'];

const STATES = ['open', 'in_progress', 'waiting_customer', 'reopened', 'resolved', 'closed'];
const VIEWS: TicketView[] = ['open', 'mine', 'queue', 'late', 'all'];

/** What a view asks the server for; what the filters say comes on top. */
const ASKS: Record<TicketView, Record<string, string>> = {
  open: { state: 'unfinished', sort: 'due' },
  mine: { state: 'unfinished', sort: 'due', assignee: 'me' },
  queue: { state: 'unfinished', sort: 'due', assignee: 'nobody' },
  late: { state: 'unfinished', sort: 'due', late: 'true' },
  all: {},
};

export function TicketsPage() {
  const { t } = useTranslation('ticket');
  const can = useCan();
  const state = useListState();
  const [opening, open] = useState(false);
  const view = VIEWS.find((one) => one === state.filters.view) ?? 'open';
  const handles = can('ticket_handle').allowed;
  const views = VIEWS.filter((one) => handles || (one !== 'mine' && one !== 'queue'));
  return (
    <>
      <PageHead title={t('tickets')}>
        {can('customer_read').allowed && can('ticket_write').allowed && (
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => open(true)}>
            {t('open')}
          </Button>
        )}
      </PageHead>
      <div style={{ overflowX: 'auto', marginBottom: 'var(--mantine-spacing-md)' }}>
        <SegmentedControl
          aria-label={t('view')}
          value={view}
          onChange={(to) => state.set({ view: to, state: null })}
          data={views.map((value) => ({ value, label: t(`view_${value}`) }))}
        />
      </div>
      <Tickets state={state} view={view} />
      <NewTicket opened={opening} close={() => open(false)} />
    </>
  );
}

function Tickets({ state, view }: { state: ListState; view: TicketView }) {
  const { t } = useTranslation(['ticket', 'common']);
  const navigate = useNavigate();
  const { view: _view, ...filters } = state.filters;
  const asked = { ...ASKS[view], ...listQuery({ ...state, filters }) };
  const list = api.useQuery(
    'get',
    '/api/v1/tickets',
    { params: { query: asked as never } },
    { placeholderData: keepPreviousData, refetchInterval: 30_000 },
  );
  const columns: Column<Row>[] = [
    {
      id: 'number',
      header: t('ticket'),
      cell: (row) => (
        <>
          <b className="serial">{row.number}</b>
          <div className="quiet">{t(`category_${row.category}` as never)}</div>
        </>
      ),
    },
    {
      id: 'subject',
      header: t('customer'),
      cell: (row) => (
        <>
          {row.customer_name}
          <div className="quiet">{ownSubject(row)}</div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => (
        <>
          <StateBadge kind="ticket" state={row.state} />
          <Box hiddenFrom="sm">
            <TimeLeft row={row} />
          </Box>
        </>
      ),
    },
    {
      id: 'priority',
      header: t('priority'),
      wideOnly: true,
      cell: (row) => <Priority of={row.priority} />,
    },
    {
      id: 'due',
      header: t('due'),
      sort: 'due',
      wideOnly: true,
      cell: (row) => <TimeLeft row={row} />,
    },
    {
      id: 'assignee',
      header: t('assignee'),
      wideOnly: true,
      cell: (row) => row.assignee?.name ?? <span className="quiet">{t('nobody')}</span>,
    },
    {
      id: 'changed',
      header: t('changed'),
      sort: '-changed',
      right: true,
      wideOnly: true,
      cell: (row) => <Instant at={row.changed_at} />,
    },
  ];
  const filterList: Filter[] = [
    {
      id: 'state',
      label: t('common:state'),
      options: STATES.map((value) => ({ value, label: stateWord('ticket', value) })),
    },
    {
      id: 'category',
      label: t('category'),
      options: CATEGORIES.map((value) => ({ value, label: t(`category_${value}`) })),
    },
    {
      id: 'priority',
      label: t('priority'),
      options: PRIORITIES.map((value) => ({ value, label: t(`priority_${value}`) })),
    },
  ];
  return (
    <DataTable
      label={t('tickets')}
      query={list}
      columns={columns}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: path.ticket(row.id) })}
      state={{ ...state, filters: { ...sortOf(view), ...filters } }}
      searchable={t('search')}
      filters={filterList}
      tools={<ExportMenu list="tickets" query={asked} />}
      empty={<Empty icon="check" title={t(`empty_${view}`)} hint={t('empty_hint')} />}
    />
  );
}

/** By what a view is sorted until somebody asks otherwise. */
function sortOf(view: TicketView): Record<string, string> {
  const { sort } = ASKS[view];
  return sort ? { sort } : {};
}

function TimeLeft({ row }: { row: Row }) {
  const over = row.state === 'resolved' || row.state === 'closed';
  if (over) return <span className="quiet">–</span>;
  return <Due at={row.due_at} breachedAt={row.breached_at} />;
}
