import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { startOf } from '@/lib/day';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { useZone } from '@/api/session';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { ExportMenu } from '@/ui/export-menu';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { spanFilter } from '@/ui/span-filter';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty } from '@/ui/states';
import { channelWord } from '../channel';
import { MoneyHead } from '../parts/money-head';

type Row = Schemas['PaymentRow'];

const STATES = ['pending', 'settled', 'reversed'];
const CHANNELS = ['cash', 'transfer', 'gateway', 'wallet', 'voucher'];

export function PaymentsPage() {
  const { t } = useTranslation(['billing', 'common']);
  const state = useListState();
  const can = useCan();
  const zone = useZone();
  const today = useToday();
  const navigate = useNavigate();
  const { day, ...rest } = listQuery(state) as Record<string, string> & { limit: number };
  const asked = { ...rest, ...(day === 'today' && { from: startOf(today, zone) }) };
  const list = api.useQuery(
    'get',
    '/api/v1/payments',
    { params: { query: asked } },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Row>[] = [
    {
      id: 'receipt',
      header: t('payment'),
      cell: (row) => (
        <>
          <b className="serial">{row.receipt_number ?? t('no_receipt')}</b>
          <div className="quiet">{row.customer_name}</div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => <StateBadge kind="payment" state={row.state} />,
    },
    {
      id: 'channel',
      header: t('channel'),
      wideOnly: true,
      cell: (row) => (
        <>
          {channelWord(t, row.channel)}
          <div className="quiet">{row.reference}</div>
        </>
      ),
    },
    { id: 'by', header: t('recorded_by'), wideOnly: true, cell: (row) => row.recorded_by },
    {
      id: 'at',
      header: t('received_at'),
      sort: '-received',
      right: true,
      wideOnly: true,
      cell: (row) => <Instant at={row.received_at} />,
    },
    {
      id: 'amount',
      header: t('amount_received'),
      sort: '-amount',
      right: true,
      cell: (row) => <Money amount={row.amount} tone={row.state === 'settled' ? 'in' : 'quiet'} />,
      total: (rows) => (
        <Money
          amount={rows.reduce((sum, row) => sum + (row.state === 'settled' ? row.amount : 0), 0)}
        />
      ),
    },
  ];
  return (
    <>
      <MoneyHead at="payments">
        {can('payment_write').allowed && (
          <ButtonTo to={path.cashier()} leftSection={<Icon name="cash" size={16} />}>
            {t('take_payment')}
          </ButtonTo>
        )}
      </MoneyHead>
      <DataTable
        label={t('payments')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.payment(row.id) })}
        state={state}
        searchable={t('payment_search')}
        filters={[
          {
            id: 'day',
            label: t('received_at'),
            options: [{ value: 'today', label: t('today') }],
          },
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: stateWord('payment', value) })),
          },
          {
            id: 'channel',
            label: t('channel'),
            options: CHANNELS.map((value) => ({ value, label: channelWord(t, value) })),
          },
          {
            id: 'unallocated',
            label: t('unallocated'),
            options: [{ value: 'true', label: t('unallocated_only') }],
          },
          ...spanFilter(state, 'from', t('span_from'), zone),
          ...spanFilter(state, 'until', t('span_until'), zone),
        ]}
        tools={<ExportMenu list="payments" query={asked} />}
        empty={<Empty icon="cash" title={t('payments_empty')} hint={t('payments_empty_hint')} />}
      />
    </>
  );
}
