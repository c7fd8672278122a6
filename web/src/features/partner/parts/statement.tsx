import { keepPreviousData } from '@tanstack/react-query';
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useListState } from '@/lib/list-state';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';

type Row = Schemas['WalletRow'];

/** Every movement of a wallet, with the balance after it: the sum of the rows is the balance on each. */
export function Statement({ partner }: { partner: string }) {
  const { t } = useTranslation('partner');
  const state = useListState();
  const list = api.useQuery(
    'get',
    '/api/v1/wallet/{partner}/statement',
    {
      params: {
        path: { partner },
        query: { limit: 50, ...(state.after ? { after: Number(state.after) } : {}) },
      },
    },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Row>[] = [
    {
      id: 'what',
      header: t('movement'),
      cell: (row) => (
        <>
          <b>{t(`row_${row.kind}` as never)}</b>
          <Text size="xs" c="dimmed" component="div">
            <Instant at={row.at} />
            {row.note && ` · ${row.note}`}
          </Text>
        </>
      ),
    },
    {
      id: 'amount',
      header: t('amount'),
      right: true,
      cell: (row) => <Money amount={row.amount} tone={row.amount > 0 ? 'in' : 'plain'} />,
    },
    {
      id: 'balance',
      header: t('balance'),
      right: true,
      cell: (row) => (
        <>
          <Money amount={row.balance_after} bold />
          {row.debt_after > 0 && (
            <Text size="xs" c="dimmed" component="div">
              {t('debt')} <Money amount={row.debt_after} tone="owed" />
            </Text>
          )}
        </>
      ),
    },
  ];
  return (
    <DataTable
      label={t('statement')}
      query={list}
      columns={columns}
      rowKey={(row) => row.id}
      state={state}
      empty={<Empty icon="cash" title={t('statement_empty')} hint={t('statement_empty_hint')} />}
    />
  );
}
