// What one person asked for and another one decides: credit notes, write-offs, reversals, refunds.
import { Alert, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { ConfirmAction } from '@/ui/action';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';
import { MoneyHead } from '../parts/money-head';

type Row = Schemas['Approval'];

export function ApprovalsPage() {
  const { t } = useTranslation(['billing', 'common']);
  const orders = useOrdersWaiting();
  const list = api.useQuery('get', '/api/v1/approvals', undefined, { refetchInterval: 30_000 });
  const columns: Column<Row>[] = [
    {
      id: 'kind',
      header: t('asked_for'),
      cell: (row) => (
        <>
          <b>{t(`approval_${row.kind}` as never)}</b>
          <div>
            <To size="xs" to={subject(row)}>
              {row.document ?? row.customer_name}
            </To>
          </div>
        </>
      ),
    },
    {
      id: 'customer',
      header: t('customer'),
      wideOnly: true,
      cell: (row) => (
        <To size="sm" to={path.customer(row.customer_id)}>
          {row.customer_name}
        </To>
      ),
    },
    { id: 'why', header: t('reason'), cell: (row) => row.why },
    {
      id: 'by',
      header: t('asked_by'),
      wideOnly: true,
      cell: (row) => (
        <>
          {row.asked_by ?? '–'}
          <div className="quiet">
            <Instant at={row.asked_at} />
          </div>
        </>
      ),
    },
    {
      id: 'amount',
      header: t('amount_asked'),
      right: true,
      cell: (row) => <Money amount={row.amount} bold />,
    },
    { id: 'act', header: '', right: true, cell: (row) => <Decide row={row} /> },
  ];
  return (
    <>
      <MoneyHead at="approvals" />
      {orders > 0 && (
        <Alert color="amber" icon={<Icon name="truck" />} mb="md">
          <To size="sm" to={path.purchases('submitted')}>
            {t('common:card_purchases_to_approve')}: {orders}
          </To>
        </Alert>
      )}
      <DataTable
        label={t('approvals')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        empty={<Empty icon="check" title={t('approvals_empty')} hint={t('approvals_empty_hint')} />}
      />
    </>
  );
}

/** Purchase orders are decided on their own page, which shows their lines. */
function useOrdersWaiting(): number {
  const can = useCan();
  const board = api.useQuery('get', '/api/v1/dashboard', undefined, {
    refetchInterval: 30_000,
    enabled: can('purchase_approve').allowed,
  });
  return board.data?.counts.purchases_to_approve ?? 0;
}

function subject(row: Row): string {
  if (row.kind === 'reversal') return path.payment(row.subject_id);
  if (row.kind === 'refund') return path.customer(row.customer_id);
  return path.invoice(row.subject_id);
}

function Decide({ row }: { row: Row }) {
  const { t } = useTranslation('billing');
  const can = useCan();
  const quiet = { meta: { quiet: true } };
  const approve = api.useMutation('post', '/api/v1/approvals/{id}/approve', quiet);
  const reject = api.useMutation('post', '/api/v1/approvals/{id}/reject', quiet);
  const params = { path: { id: row.id } };
  const what = (
    <>
      {t(`approval_${row.kind}` as never)} · {row.customer_name} ·{' '}
      <Money amount={row.amount} bold />
    </>
  );
  return (
    <Group gap={8} justify="flex-end" wrap="nowrap">
      <ConfirmAction
        size="compact-sm"
        verdict={can('payment_approve', row, 'approve')}
        title={t('approve_title')}
        text={what}
        confirm={t('approve')}
        onConfirm={(_, key) => approve.mutateAsync({ params, ...keyed(key) })}
      >
        {t('approve')}
      </ConfirmAction>
      <ConfirmAction
        size="compact-sm"
        variant="default"
        verdict={can('payment_write', row, 'reject')}
        title={t('refuse_title')}
        text={what}
        confirm={t('refuse')}
        onConfirm={(_, key) => reject.mutateAsync({ params, ...keyed(key) })}
      >
        {t('refuse')}
      </ConfirmAction>
    </Group>
  );
}
