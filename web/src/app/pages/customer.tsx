// One customer, whole: the chain customer ↔ subscription ↔ account ↔ serial ↔ session, why, money, time.
import { Grid, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useId } from '@/lib/use-id';
import { DayOf } from '@/ui/day';
import { Facts, Figure, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { ChainCard } from './customer-parts/chain-card';
import { CustomerInvoices } from './customer-parts/invoices';
import { CustomerTimeline } from './customer-parts/timeline';

export function CustomerPage() {
  const { t } = useTranslation(['common', 'crm', 'identity']);
  const id = useId();
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
  return (
    <>
      <PageHead
        title={customer.name}
        note={[customer.number, formatPhone(customer.phone), customer.address].join(' · ')}
      >
        <ButtonTo
          variant="default"
          to={`${path.messages()}?q=${encodeURIComponent(customer.phone)}`}
        >
          {t('nav_messages')}
        </ButtonTo>
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack>
            {customer.subscriptions.length === 0 && (
              <Empty icon="network" title={t('no_subscription')} />
            )}
            {customer.subscriptions.map((chain) => (
              <ChainCard key={chain.subscription_id} chain={chain} />
            ))}
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
    </>
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
        {(customer.outstanding ?? 0) > 0 && can('payment_write').allowed && (
          <ButtonTo to={path.cashier()} leftSection={<Icon name="cash" size={16} />}>
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
