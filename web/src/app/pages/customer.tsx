// One customer, whole: the chain customer ↔ subscription ↔ account ↔ serial ↔ session, why, money, time.
import { Grid, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useId } from '@/lib/use-id';
import { DayOf } from '@/ui/day';
import { Facts, Figure, Panel } from '@/ui/facts';
import { FormAction } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { SectionTabs } from '@/ui/section-tabs';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { ChainCard } from './customer-parts/chain-card';
import { CustomerEdit } from './customer-parts/customer-edit';
import { CustomerInvoices } from './customer-parts/invoices';
import { CustomerStatement } from './customer-parts/statement';
import { CustomerTickets } from './customer-parts/tickets';
import { CustomerTimeline } from './customer-parts/timeline';
import { CustomerUsage } from './customer-parts/usage';

const TABS = [
  { key: 'overview', permission: 'customer_read' },
  { key: 'statement', permission: 'payment_read' },
  { key: 'usage', permission: 'online_read' },
] as const;

export function CustomerPage() {
  const { t } = useTranslation(['common', 'crm', 'identity', 'chain']);
  const id = useId();
  const can = useCan();
  const state = useListState();
  const found = api.useQuery(
    'get',
    '/api/v1/customers/{id}',
    { params: { path: { id } } },
    { refetchInterval: 10_000 },
  );
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading rows={8} />;
  const customer = found.data;
  const tabs = TABS.filter(({ permission }) => can(permission).allowed).map(({ key }) => key);
  const tab = tabs.find((one) => one === state.filters.tab) ?? 'overview';
  return (
    <>
      <PageHead
        title={customer.name}
        note={[customer.number, formatPhone(customer.phone), customer.address].join(' · ')}
      >
        <FormAction
          label={t('chain:edit')}
          variant="default"
          verdict={can('customer_write', customer, 'amend')}
        >
          {(close) => <CustomerEdit customer={customer} close={close} />}
        </FormAction>
        {can('message_read').allowed && (
          <ButtonTo
            variant="default"
            to={`${path.messages()}?q=${encodeURIComponent(customer.phone)}`}
          >
            {t('nav_messages')}
          </ButtonTo>
        )}
      </PageHead>
      <SectionTabs
        value={tab}
        tabs={tabs.map((one) => ({ value: one, label: t(`chain:tab_${one}`) }))}
        onChange={(to) => state.set({ tab: to })}
      />
      {tab === 'overview' && <Overview customer={customer} />}
      {tab === 'statement' && <CustomerStatement customer={customer.id} />}
      {tab === 'usage' && <CustomerUsage chains={customer.subscriptions} />}
    </>
  );
}

function Overview({ customer }: { customer: Schemas['CustomerView'] }) {
  const { t } = useTranslation('common');
  const can = useCan();
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Stack>
          {customer.subscriptions.length === 0 && (
            <Empty icon="network" title={t('no_subscription')} />
          )}
          {customer.subscriptions.map((chain) => (
            <ChainCard key={chain.subscription_id} chain={chain} customer={customer.id} />
          ))}
          {can('ticket_read').allowed && <CustomerTickets customer={customer} />}
          <CustomerInvoices customer={customer.id} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack>
          <Account customer={customer} />
          <CustomerTimeline customer={customer.id} />
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function Account({ customer }: { customer: Schemas['CustomerView'] }) {
  const { t } = useTranslation(['common', 'crm', 'identity']);
  const can = useCan();
  return (
    <Panel title={t('customer_facts')}>
      <Stack>
        <Group gap={32} align="flex-start">
          <Figure
            label={t('outstanding')}
            value={<Money amount={customer.outstanding ?? 0} tone="owed" />}
          />
          <Figure label={t('credit')} value={<Money amount={customer.credit ?? 0} tone="in" />} />
        </Group>
        {!can('payment_write').allowed && can('cash_collect').allowed && (
          <ButtonTo to={path.collect(customer.id)} leftSection={<Icon name="cash" size={16} />}>
            {t('collect_cash')}
          </ButtonTo>
        )}
        {can('payment_write').allowed && (
          <ButtonTo to={path.cashierFor(customer.id)} leftSection={<Icon name="cash" size={16} />}>
            {t('quick_pay')}
          </ButtonTo>
        )}
        <Facts
          items={[
            [
              t('crm:phone'),
              <a key="p" href={`tel:${customer.phone}`}>
                {formatPhone(customer.phone)}
              </a>,
            ],
            [t('email'), customer.email],
            [t('branch'), customer.branch_name],
            [t('crm:sold_by'), customer.sold_by_name],
            [t('partner'), customer.partner_name],
            [t('since'), <DayOf key="s" at={customer.created_at} />],
          ]}
        />
      </Stack>
    </Panel>
  );
}
