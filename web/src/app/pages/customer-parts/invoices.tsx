import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { listQuery, useListState } from '@/lib/list-state';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { DataTable } from '@/ui/data-table';
import { Day, Period } from '@/ui/day';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { Empty } from '@/ui/states';

/** The customer's invoices, newest first. */
export function CustomerInvoices({ customer }: { customer: string }) {
  const { t } = useTranslation(['billing', 'common']);
  const can = useCan();
  const navigate = useNavigate();
  const state = useListState();
  const { after, limit } = listQuery({ ...state, filters: {}, q: '' }, 25);
  const may = can('invoice_read').allowed;
  const list = api.useQuery(
    'get',
    '/api/v1/invoices',
    { params: { query: { customer, after, limit } } },
    { enabled: may, placeholderData: keepPreviousData },
  );
  if (!may) return null;
  return (
    <DataTable
      label={t('invoices')}
      query={list}
      state={state}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: path.invoice(row.id) })}
      columns={[
        {
          id: 'number',
          header: t('invoice'),
          cell: (row) => <b className="serial">{row.number ?? t('no_number')}</b>,
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
        { id: 'due', header: t('due'), wideOnly: true, cell: (row) => <Day day={row.due_on} /> },
        {
          id: 'total',
          header: t('common:total'),
          right: true,
          cell: (row) => <Money amount={row.total} />,
        },
        {
          id: 'owed',
          header: t('common:outstanding'),
          right: true,
          wideOnly: true,
          cell: (row) => (
            <Money amount={row.outstanding} tone={row.state === 'overdue' ? 'owed' : 'plain'} />
          ),
        },
      ]}
      empty={<Empty icon="invoice" title={t('invoices_empty')} />}
    />
  );
}
