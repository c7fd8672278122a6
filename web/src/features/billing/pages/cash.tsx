// Cash: my drawer, what collectors hold, the drawers of before.
import { Group, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { listQuery, useListState } from '@/lib/list-state';
import { groupDigits, parseMoney } from '@/lib/money';
import { file } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { ConfirmAction } from '@/ui/action';
import { DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { FormAction, FormBody, MoneyInput } from '@/ui/form';
import { ButtonFile } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';
import { DrawerCard } from '../parts/drawer-card';
import { MoneyHead } from '../parts/money-head';

export function CashPage() {
  const me = useMe();
  return (
    <Stack>
      <MoneyHead at="cash" />
      {holds(me, 'payment_write') && (
        <>
          <DrawerCard />
          <Holders />
        </>
      )}
      <Drawers />
    </Stack>
  );
}

function Holders() {
  const { t } = useTranslation('cash');
  const list = api.useQuery('get', '/api/v1/cash/holders');
  return (
    <DataTable
      label={t('held')}
      query={list}
      rowKey={(row) => row.user_id}
      columns={[
        { id: 'who', header: t('collector'), cell: (row) => <b>{row.name}</b> },
        {
          id: 'at',
          header: '',
          wideOnly: true,
          cell: (row) => <Instant at={row.at} />,
        },
        {
          id: 'amount',
          header: t('held'),
          right: true,
          cell: (row) => <Money amount={row.amount} bold />,
        },
        {
          id: 'act',
          header: '',
          right: true,
          cell: (row) => (
            <FormAction size="compact-sm" label={t('hand_over')}>
              {(close) => <HandOver holder={row} close={close} />}
            </FormAction>
          ),
        },
      ]}
      empty={<Empty icon="check" title={t('held_empty')} hint={t('held_empty_hint')} />}
    />
  );
}

function HandOver({ holder, close }: { holder: Schemas['CashHolder']; close: () => void }) {
  const { t } = useTranslation('cash');
  const take = api.useMutation('post', '/api/v1/cash/handovers', { meta: { quiet: true } });
  const form = useForm({ initialValues: { amount: groupDigits(holder.amount) } });
  return (
    <FormBody
      form={form}
      submit={t('hand_over')}
      cancel={close}
      onSubmit={async ({ amount }, key) => {
        const done = await take.mutateAsync({
          body: { collector_id: holder.user_id, amount: parseMoney(amount) ?? 0 },
          ...keyed(key),
        });
        window.open(file.handover(done.id), '_blank');
        close();
      }}
    >
      <Text size="sm">{holder.name}</Text>
      <MoneyInput label={t('amount')} data-autofocus {...form.getInputProps('amount')} />
    </FormBody>
  );
}

function Drawers() {
  const { t } = useTranslation('cash');
  const state = useListState();
  const list = api.useQuery(
    'get',
    '/api/v1/cash/drawers',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData },
  );
  const accept = api.useMutation('post', '/api/v1/cash/drawers/{id}/accept', {
    meta: { quiet: true },
  });
  return (
    <DataTable
      label={t('drawers')}
      query={list}
      state={state}
      rowKey={(row) => row.id}
      columns={[
        {
          id: 'number',
          header: t('drawer'),
          cell: (row) => (
            <>
              <b className="serial">{row.number}</b>
              <div className="quiet">{row.cashier}</div>
            </>
          ),
        },
        { id: 'state', header: '', cell: (row) => t(`state_${row.state}` as never) },
        {
          id: 'opened',
          header: t('opened_at'),
          wideOnly: true,
          cell: (row) => <Instant at={row.opened_at} />,
        },
        {
          id: 'expected',
          header: t('expected'),
          right: true,
          wideOnly: true,
          cell: (row) => <Money amount={row.expected} />,
        },
        {
          id: 'counted',
          header: t('counted'),
          right: true,
          wideOnly: true,
          cell: (row) => (row.counted == null ? '–' : <Money amount={row.counted} />),
        },
        {
          id: 'difference',
          header: t('difference'),
          right: true,
          cell: (row) => (row.difference ? <Money amount={row.difference} tone="owed" /> : '–'),
        },
        {
          id: 'act',
          header: '',
          right: true,
          cell: (row) => (
            <Group gap={8} justify="flex-end" wrap="nowrap">
              {row.state === 'counted' && (
                <ConfirmAction
                  size="compact-sm"
                  verdict={
                    row.can.accept.allowed
                      ? { allowed: true }
                      : { allowed: false, reason: row.can.accept.reason ?? '' }
                  }
                  title={t('accept')}
                  text={
                    <>
                      {t('accept_text')} <Money amount={row.difference ?? 0} bold />
                      <br />
                      {row.why}
                    </>
                  }
                  confirm={t('accept')}
                  onConfirm={(_, key) =>
                    accept.mutateAsync({ params: { path: { id: row.id } }, ...keyed(key) })
                  }
                >
                  {t('accept')}
                </ConfirmAction>
              )}
              <ButtonFile size="compact-sm" variant="default" href={file.drawer(row.id)}>
                {t('print')}
              </ButtonFile>
            </Group>
          ),
        },
      ]}
      empty={<Empty icon="cash" title={t('drawers_empty')} hint={t('drawers_empty_hint')} />}
    />
  );
}
