// Top-ups that wait for somebody who has seen the money.
import { Badge, Group, Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatMoney } from '@/lib/money';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { ConfirmAction } from '@/ui/action';
import { type Column, DataTable } from '@/ui/data-table';
import { Instant } from '@/ui/day';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty } from '@/ui/states';
import { ResellersHead } from '../parts/resellers-head';

type Row = Schemas['TopUp'];

const STATES = ['waiting', 'credited', 'rejected', 'expired'] as const;
const TONE: Record<string, string> = { waiting: 'amber', credited: 'money', rejected: 'red' };

export function TopUpsPage() {
  const { t } = useTranslation(['partner', 'common']);
  const state = useListState();
  const can = useCan();
  const partners = api.useQuery('get', '/api/v1/partners');
  const list = api.useQuery(
    'get',
    '/api/v1/top-ups',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData, refetchInterval: 30_000 },
  );
  const quiet = { meta: { quiet: true } };
  const approve = api.useMutation('post', '/api/v1/top-ups/{id}/approve', quiet);
  const reject = api.useMutation('post', '/api/v1/top-ups/{id}/reject', quiet);
  const nameOf = (id: string) => partners.data?.items.find((one) => one.id === id)?.name ?? '–';
  const columns: Column<Row>[] = [
    {
      id: 'who',
      header: t('reseller'),
      cell: (row) => (
        <>
          <To to={path.reseller(row.partner_id)}>{nameOf(row.partner_id)}</To>
          <Text size="xs" c="dimmed" component="div">
            {t('asked_by', { name: row.asked_by })} · <Instant at={row.asked_at} />
          </Text>
        </>
      ),
    },
    {
      id: 'ref',
      header: t('reference'),
      wideOnly: true,
      cell: (row) => (
        <>
          <span className="serial">{row.reference}</span>
          {row.note && <div className="quiet">{row.note}</div>}
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => (
        <Badge color={TONE[row.state] ?? 'gray'} variant="light" radius="sm" tt="none">
          {t(`top_up_${row.state}` as never)}
        </Badge>
      ),
    },
    {
      id: 'amount',
      header: t('amount'),
      right: true,
      cell: (row) => <Money amount={row.amount} bold />,
    },
    {
      id: 'do',
      header: '',
      right: true,
      cell: (row) =>
        row.state === 'waiting' && (
          <Group gap={8} justify="flex-end" wrap="nowrap">
            <ConfirmAction
              size="xs"
              variant="default"
              verdict={can('wallet_approve', row, 'reject')}
              title={t('reject_title')}
              text={t('reject_text')}
              confirm={t('reject')}
              onConfirm={(_, key) =>
                reject.mutateAsync({ params: { path: { id: row.id } }, ...keyed(key) })
              }
            >
              {t('reject')}
            </ConfirmAction>
            <ConfirmAction
              size="xs"
              verdict={can('wallet_approve', row, 'approve')}
              title={t('approve_title')}
              text={t('approve_text', {
                amount: formatMoney(row.amount),
                name: nameOf(row.partner_id),
                reference: row.reference,
              })}
              confirm={t('approve')}
              onConfirm={(_, key) =>
                approve.mutateAsync({ params: { path: { id: row.id } }, ...keyed(key) })
              }
            >
              {t('approve')}
            </ConfirmAction>
          </Group>
        ),
    },
  ];
  return (
    <>
      <ResellersHead at="top_ups" />
      <DataTable
        label={t('top_ups')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        state={state}
        filters={[
          {
            id: 'state',
            label: t('common:state'),
            options: STATES.map((value) => ({ value, label: t(`top_up_${value}`) })),
          },
        ]}
        empty={<Empty icon="cash" title={t('top_ups_empty')} hint={t('top_ups_empty_hint')} />}
      />
    </>
  );
}
