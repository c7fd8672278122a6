// Cash: my drawer, what collectors hold, the safe, and what was before.
import { Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';
import { CashHistory } from '../parts/cash-history';
import { DrawerCard } from '../parts/drawer-card';
import { TakeHandover } from '../parts/handover-form';
import { MoneyHead } from '../parts/money-head';
import { SafeCard } from '../parts/safe-card';

export function CashPage() {
  const me = useMe();
  return (
    <Stack>
      <MoneyHead at="cash" />
      {holds(me, 'payment_write') && (
        <>
          <DrawerCard />
          <Holders />
          <SafeCard />
        </>
      )}
      <CashHistory />
    </Stack>
  );
}

function Holders() {
  const { t } = useTranslation('cash');
  const navigate = useNavigate();
  const list = api.useQuery('get', '/api/v1/cash/holders');
  return (
    <DataTable
      label={t('held')}
      title={t('held')}
      query={list}
      rowKey={(row) => row.user_id}
      onOpen={(row) => void navigate({ to: path.cashHolder(row.user_id) })}
      columns={[
        { id: 'who', header: t('collector'), cell: (row) => <b>{row.name}</b> },
        {
          id: 'at',
          header: t('held_last'),
          wideOnly: true,
          cell: (row) => <Instant at={row.at} />,
        },
        {
          id: 'amount',
          header: t('amount'),
          right: true,
          cell: (row) => <Money amount={row.amount} bold />,
          total:
            (list.data?.items.length ?? 0) > 1
              ? (rows) => <Money amount={rows.reduce((sum, row) => sum + row.amount, 0)} />
              : undefined,
        },
        {
          id: 'act',
          header: '',
          right: true,
          cell: (row) => <TakeHandover holder={row} />,
        },
      ]}
      empty={<Empty icon="check" title={t('held_empty')} hint={t('held_empty_hint')} />}
    />
  );
}
