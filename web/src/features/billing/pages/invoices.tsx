import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useZone } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { useChoice } from '@/ui/bulk/choice';
import { type Column, DataTable } from '@/ui/data-table';
import { Day, Period } from '@/ui/day';
import { ExportMenu } from '@/ui/export-menu';
import { Money } from '@/ui/money';
import { spanFilter } from '@/ui/span-filter';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty } from '@/ui/states';
import { MoneyHead } from '../parts/money-head';
import { RemindMany } from '../parts/remind-many';

type Row = Schemas['InvoiceRow'];

const STATES = ['open', 'issued', 'partly_paid', 'paid', 'overdue', 'cancelled', 'draft'];
const KINDS = ['regular', 'supplement', 'one_off'] as const;

export function InvoicesPage() {
  const { t } = useTranslation(['billing', 'common']);
  const state = useListState();
  const navigate = useNavigate();
  const can = useCan();
  const zone = useZone();
  const asked = listQuery(state);
  const list = api.useQuery(
    'get',
    '/api/v1/invoices',
    { params: { query: asked } },
    { placeholderData: keepPreviousData },
  );
  const sum = (rows: Row[], of: (row: Row) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
  const many = can('promise_write').allowed;
  const { choice, choosing } = useChoice<Row>(list.data?.items ?? [], (row) => ({
    id: row.id,
    name: row.number ?? row.customer_name,
  }));
  const columns: Column<Row>[] = [
    {
      id: 'number',
      header: t('invoice'),
      cell: (row) => (
        <>
          <b className="serial">{row.number ?? t('no_number')}</b>
          <div className="quiet">{row.customer_name}</div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="invoice" state={row.state} />,
    },
    {
      id: 'period',
      header: t('period'),
      wideOnly: true,
      cell: (row) => <Period from={row.period_from} to={row.period_to} />,
    },
    {
      id: 'kind',
      header: t('kind'),
      wideOnly: true,
      cell: (row) => t(`kind_${row.kind}` as never),
    },
    {
      id: 'due',
      header: t('due'),
      sort: 'due',
      wideOnly: true,
      cell: (row) => <Day day={row.due_on} />,
    },
    {
      id: 'total',
      header: t('common:total'),
      sort: '-total',
      right: true,
      wideOnly: true,
      cell: (row) => <Money amount={row.total} />,
      total: (rows) => <Money amount={sum(rows, (row) => row.total)} />,
    },
    {
      id: 'owed',
      header: t('common:outstanding'),
      sort: '-owed',
      right: true,
      cell: (row) => (
        <Money amount={row.outstanding} tone={row.state === 'overdue' ? 'owed' : 'plain'} />
      ),
      total: (rows) => <Money amount={sum(rows, (row) => row.outstanding)} />,
    },
  ];
  return (
    <>
      <MoneyHead at="invoices" />
      <DataTable
        label={t('invoices')}
        query={list}
        columns={columns.map((column, at) => (many && at === 0 ? choosing(column) : column))}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.invoice(row.id) })}
        state={state}
        searchable={t('invoice_search')}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: stateWord('invoice', value) })),
          },
          {
            id: 'kind',
            label: t('kind'),
            options: KINDS.map((value) => ({ value, label: t(`kind_${value}`) })),
          },
          ...spanFilter(state, 'issued_from', t('issued_from'), zone),
          ...spanFilter(state, 'issued_to', t('issued_to'), zone),
          ...spanFilter(state, 'due_from', t('due_from'), zone),
          ...spanFilter(state, 'due_to', t('due_to'), zone),
        ]}
        tools={
          <>
            {many && <RemindMany choice={choice} />}
            <ExportMenu list="invoices" query={asked} />
          </>
        }
        empty={<Empty icon="invoice" title={t('invoices_empty')} hint={t('invoices_empty_hint')} />}
      />
    </>
  );
}
