import { Button, SegmentedControl } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useZone } from '@/api/session';
import { listQuery, type ListState, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { useChoice } from '@/ui/bulk/choice';
import { type Column, DataTable, type Filter } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { ExportMenu } from '@/ui/export-menu';
import { FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { spanFilter } from '@/ui/span-filter';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';
import { Board } from '../parts/board';
import { DispatchForm } from '../parts/dispatch-form';
import { NewOrder } from '../parts/new-order';
import { DispatchMany } from '../parts/dispatch-many';

export type WorkOrderRow = Schemas['WorkOrderRow'];

export const KINDS = ['install', 'repair', 'swap', 'move', 'dismantle'] as const;
const STATES = [
  'open',
  'assigned',
  'accepted',
  'on_the_way',
  'on_site',
  'done',
  'failed',
  'cancelled',
];

export function WorkOrdersPage() {
  const { t } = useTranslation(['fulfilment', 'common']);
  const state = useListState();
  const isBoard = state.filters.view === 'board';
  const [dispatching, dispatch] = useState<WorkOrderRow | null>(null);
  const can = useCan();
  const [opening, open] = useState(false);
  return (
    <>
      <PageHead title={t('work_orders')}>
        {can('work_order_dispatch').allowed && (
          <ButtonTo variant="default" to={path.fieldTrouble()}>
            {t('trouble')}
          </ButtonTo>
        )}
        {can('customer_read').allowed && can('work_order_write').allowed && (
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => open(true)}>
            {t('open_order')}
          </Button>
        )}
        <SegmentedControl
          aria-label={t('view')}
          value={isBoard ? 'board' : 'list'}
          onChange={(view) => state.set({ view: view === 'board' ? 'board' : null, state: null })}
          data={[
            { value: 'list', label: t('view_list') },
            { value: 'board', label: t('view_board') },
          ]}
        />
      </PageHead>
      {isBoard ? <Board onDispatch={dispatch} /> : <Orders state={state} />}
      <NewOrder opened={opening} close={() => open(false)} />
      <FormDrawer
        opened={dispatching != null}
        close={() => dispatch(null)}
        title={t('dispatch_title', { number: dispatching?.number ?? '' })}
      >
        {dispatching && <DispatchForm order={dispatching} close={() => dispatch(null)} />}
      </FormDrawer>
    </>
  );
}

function Orders({ state }: { state: ListState }) {
  const { t } = useTranslation(['fulfilment', 'common']);
  const navigate = useNavigate();
  const can = useCan();
  const zone = useZone();
  const { view: _view, ...filters } = state.filters;
  const asked = listQuery({ ...state, filters });
  const list = api.useQuery(
    'get',
    '/api/v1/work-orders',
    { params: { query: asked } },
    { placeholderData: keepPreviousData, refetchInterval: 30_000 },
  );
  const many = can('work_order_dispatch').allowed;
  const { choice, choosing } = useChoice<WorkOrderRow>(list.data?.items ?? [], (row) => ({
    id: row.id,
    name: row.number,
  }));
  const columns: Column<WorkOrderRow>[] = [
    {
      id: 'number',
      header: t('work_order'),
      cell: (row) => (
        <>
          <b className="serial">{row.number}</b>
          <div className="quiet">{t(`kind_${row.kind}` as never)}</div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="work_order" state={row.state} />,
    },
    { id: 'customer', header: t('customer'), cell: (row) => row.customer_name },
    { id: 'address', header: t('address'), wideOnly: true, cell: (row) => row.address },
    {
      id: 'technicians',
      header: t('technicians'),
      wideOnly: true,
      cell: (row) => row.technicians.map((one) => one.name).join(', ') || '–',
    },
    {
      id: 'scheduled',
      header: t('scheduled'),
      sort: 'scheduled',
      right: true,
      wideOnly: true,
      cell: (row) => <Day day={row.scheduled_on} />,
    },
  ];
  const filterList: Filter[] = [
    {
      id: 'state',
      label: t('common:state'),
      options: STATES.map((value) => ({ value, label: stateWord('work_order', value) })),
    },
    {
      id: 'kind',
      label: t('kind'),
      options: KINDS.map((value) => ({ value, label: t(`kind_${value}`) })),
    },
    {
      id: 'review',
      label: t('review_filter'),
      options: [{ value: 'true', label: t('review_yes') }],
    },
    ...spanFilter(state, 'done_from', t('done_from'), zone),
    ...spanFilter(state, 'done_until', t('done_until'), zone),
  ];
  return (
    <DataTable
      label={t('work_orders')}
      query={list}
      columns={columns.map((column, at) => (many && at === 0 ? choosing(column) : column))}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: path.workOrder(row.id) })}
      state={{ ...state, filters }}
      searchable={t('work_order_search')}
      filters={filterList}
      tools={
        <>
          {many && <DispatchMany choice={choice} />}
          <ExportMenu list="work-orders" query={asked} />
        </>
      }
      empty={
        <Empty
          icon="job"
          title={t('work_orders_empty')}
          hint={can('lead_write').allowed ? t('work_orders_empty_hint') : undefined}
        />
      }
    />
  );
}
