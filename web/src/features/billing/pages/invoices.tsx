import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Day, Period } from '@/ui/day';
import { Money } from '@/ui/money';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty } from '@/ui/states';
import { MoneyHead } from '../parts/money-head';

type Row = Schemas['InvoiceRow'];

const STATES = ['issued', 'partly_paid', 'paid', 'overdue', 'cancelled', 'draft'];
const KINDS = ['regular', 'supplement', 'one_off'] as const;

export function InvoicesPage() {
  const { t } = useTranslation(['billing', 'common']);
  const state = useListState();
  const navigate = useNavigate();
  const list = api.useQuery(
    'get',
    '/api/v1/invoices',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData },
  );
  const sum = (rows: Row[], of: (row: Row) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
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
    { id: 'due', header: t('due'), wideOnly: true, cell: (row) => <Day day={row.due_on} /> },
    {
      id: 'total',
      header: t('common:total'),
      right: true,
      wideOnly: true,
      cell: (row) => <Money amount={row.total} />,
      total: (rows) => <Money amount={sum(rows, (row) => row.total)} />,
    },
    {
      id: 'owed',
      header: t('common:outstanding'),
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
        columns={columns}
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
        ]}
        empty={<Empty icon="invoice" title={t('invoices_empty')} hint={t('invoices_empty_hint')} />}
      />
    </>
  );
}
