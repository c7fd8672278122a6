// Aging: receivables by how late they are; each number opens its invoices.
import { Anchor, Stack, Text } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useToday } from '@/api/session';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading } from '@/ui/states';
import { MoneyHead } from '../parts/money-head';

type Sums = Schemas['AgingSums'];

const BUCKETS = {
  not_due: 'not_due',
  days_1_30: '1-30',
  days_31_60: '31-60',
  days_61_90: '61-90',
  days_over_90: '90+',
} as const;

export function AgingPage() {
  const { t } = useTranslation('cash');
  const today = useToday();
  const state = useListState();
  const as_of = state.filters.as_of ?? today;
  const found = api.useQuery('get', '/api/v1/aging', { params: { query: { as_of } } });
  const { branch, customer, bucket } = state.filters;
  return (
    <Stack>
      <MoneyHead at="aging">
        <DateInput
          aria-label={t('as_of')}
          value={as_of}
          onChange={(value) => state.set({ as_of: value })}
        />
      </MoneyHead>
      {found.error && <Failed error={found.error} />}
      {found.isPending && <Loading rows={3} />}
      {found.data && (
        <>
          <DataTable
            label={t('branch')}
            query={{ ...found, data: { items: found.data.branches } }}
            rowKey={(row) => row.branch_id}
            columns={[
              { id: 'branch', header: t('branch'), cell: (row) => <b>{row.branch}</b> },
              ...columns<{ sums: Sums; branch_id: string }>(t, (row, one) =>
                state.set({ branch: row.branch_id, bucket: one, customer: null }),
              ),
            ]}
            empty={<Empty icon="check" title={t('aging_empty')} hint={t('aging_empty_hint')} />}
          />
          <Text size="sm" c={found.data.ledger === found.data.sums.total ? 'dimmed' : 'red'}>
            {found.data.ledger === found.data.sums.total ? t('ledger_same') : t('ledger_other')}{' '}
            <Money amount={found.data.ledger} />
          </Text>
        </>
      )}
      {branch || customer || bucket ? <Invoices as_of={as_of} /> : <Customers as_of={as_of} />}
    </Stack>
  );
}

/** One column a bucket, with its sum below; a number opens its invoices. */
function columns<Row extends { sums: Sums }>(
  t: (key: never) => string,
  open: (row: Row, bucket: string | null) => void,
): Column<Row>[] {
  const names = [...Object.keys(BUCKETS), 'total'] as (keyof Sums)[];
  return names.map((name) => ({
    id: name,
    header: t(name as never),
    right: true,
    wideOnly: name !== 'total',
    total: (rows) => <Money amount={rows.reduce((sum, row) => sum + row.sums[name], 0)} bold />,
    cell: (row) =>
      row.sums[name] === 0 ? (
        '–'
      ) : (
        <Anchor
          component="button"
          size="sm"
          onClick={() => open(row, name === 'total' ? null : BUCKETS[name as keyof typeof BUCKETS])}
        >
          <Money amount={row.sums[name]} />
        </Anchor>
      ),
  }));
}

function Customers({ as_of }: { as_of: string }) {
  const { t } = useTranslation('cash');
  const state = useListState();
  const list = api.useQuery('get', '/api/v1/aging/customers', {
    params: { query: { ...listQuery(state), as_of } },
  });
  return (
    <DataTable
      label={t('by_customer')}
      query={list}
      state={state}
      rowKey={(row) => row.customer_id}
      columns={[
        {
          id: 'who',
          header: t('by_customer'),
          cell: (row) => (
            <>
              <b>{row.name}</b>
              <div className="quiet">{row.number}</div>
            </>
          ),
        },
        ...columns<Schemas['AgingOfCustomer']>(t, (row, bucket) =>
          state.set({ customer: row.customer_id, bucket, branch: null }),
        ),
      ]}
      empty={<Empty icon="check" title={t('aging_empty')} hint={t('aging_empty_hint')} />}
    />
  );
}

function Invoices({ as_of }: { as_of: string }) {
  const { t } = useTranslation('cash');
  const state = useListState();
  const navigate = useNavigate();
  const list = api.useQuery('get', '/api/v1/aging/invoices', {
    params: { query: { ...listQuery(state), as_of } as never },
  });
  return (
    <>
      <Anchor
        component="button"
        size="sm"
        ta="left"
        onClick={() => state.set({ branch: null, customer: null, bucket: null })}
      >
        ← {t('by_customer')}
      </Anchor>
      <DataTable
        label={t('invoices_of')}
        query={list}
        state={state}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: path.invoice(row.id) })}
        columns={[
          {
            id: 'number',
            header: t('invoices_of'),
            cell: (row) => (
              <>
                <b className="serial">{row.number}</b>
                <div className="quiet">{row.customer_name}</div>
              </>
            ),
          },
          { id: 'due', header: '', wideOnly: true, cell: (row) => <Day day={row.due_on} /> },
          {
            id: 'late',
            header: t('days_late'),
            right: true,
            cell: (row) => (row.days_late > 0 ? row.days_late : '–'),
          },
          {
            id: 'open',
            header: t('amount'),
            right: true,
            cell: (row) => <Money amount={row.open} bold />,
            total: (rows) => <Money amount={rows.reduce((sum, row) => sum + row.open, 0)} bold />,
          },
        ]}
        empty={<Empty icon="check" title={t('aging_empty')} hint={t('aging_empty_hint')} />}
      />
    </>
  );
}
