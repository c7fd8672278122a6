import { Group, Stack, Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { formatDay } from '@/lib/day';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { useLang } from '@/locales';
import { type Column, DataTable } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge, stateWord } from '@/ui/state-badge';
import { Empty, PageHead } from '@/ui/states';
import { ConditionBadge, WhyButton } from '../parts/condition';
import { Own } from '../own';

type Row = Schemas['PartnerCustomer'];

const STATES = ['active', 'isolated', 'ready', 'pending_install', 'paused', 'terminated'];

export function PartnerCustomersPage() {
  return <Own>{(partner) => <Customers partner={partner} />}</Own>;
}

function Customers({ partner }: { partner: string }) {
  const { t } = useTranslation(['partner', 'common']);
  const state = useListState();
  const lang = useLang();
  const navigate = useNavigate();
  const { online, ...rest } = listQuery(state) as Record<string, string> & { limit: number };
  const list = api.useQuery(
    'get',
    '/api/v1/partners/{id}/customers',
    {
      params: {
        path: { id: partner },
        query: { ...rest, ...(online ? { online: online === 'true' } : {}) } as never,
      },
    },
    { placeholderData: keepPreviousData },
  );
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: t('customer'),
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <div className="quiet">
            <span className="serial">{row.customer_number}</span> · {row.plan_name ?? t('no_plan')}
          </div>
        </>
      ),
    },
    {
      id: 'state',
      header: t('common:state'),
      cell: (row) => (
        <Stack gap={4} align="flex-start">
          {row.state && <StateBadge kind="subscription" state={row.state} />}
          {row.subscription_id && row.state !== 'terminated' && row.state !== 'cancelled' && (
            <Group gap={4}>
              <ConditionBadge condition={row.condition} />
              <WhyButton subscription={row.subscription_id} />
            </Group>
          )}
        </Stack>
      ),
    },
    {
      id: 'owed',
      header: t('common:outstanding'),
      right: true,
      cell: (row) => (
        <>
          <Money amount={row.outstanding} tone="owed" />
          {row.outstanding > 0 && row.due_on && (
            <Text size="xs" c="dimmed" component="div">
              <Day day={row.due_on} />
            </Text>
          )}
        </>
      ),
    },
  ];
  const due = state.filters.due_until;
  const filters = [
    {
      id: 'state',
      label: t('common:state'),
      options: STATES.map((value) => ({ value, label: stateWord('subscription', value) })),
    },
    {
      id: 'online',
      label: t('connection'),
      options: [
        { value: 'true', label: t('condition_online') },
        { value: 'false', label: t('condition_offline') },
      ],
    },
    ...(due
      ? [
          {
            id: 'due_until',
            label: t('due_until'),
            options: [{ value: due, label: formatDay(due, lang) }],
          },
        ]
      : []),
  ];
  return (
    <>
      <PageHead title={t('my_customers')}>
        <ButtonTo to={path.partnerRegister()}>{t('register')}</ButtonTo>
      </PageHead>
      <DataTable
        label={t('my_customers')}
        query={list}
        columns={columns}
        rowKey={(row) => `${row.customer_id}-${row.subscription_id ?? ''}`}
        onOpen={(row) => void navigate({ to: path.partnerCustomer(row.customer_id) })}
        state={state}
        searchable={t('customer_search')}
        filters={filters}
        empty={
          <Empty
            icon="people"
            title={t('customers_empty')}
            hint={t('customers_empty_hint')}
            action={<ButtonTo to={path.partnerRegister()}>{t('register')}</ButtonTo>}
          />
        }
      />
    </>
  );
}
