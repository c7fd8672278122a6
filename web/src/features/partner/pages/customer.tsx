// One of the reseller's customers: the lines with their state and why, and what can be paid.
import { Group, Stack, Text } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { Age, Day } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { ButtonTo } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { AskRequest, Requests } from '../parts/ask-request';
import { ConditionBadge, WhyButton } from '../parts/condition';
import { Own } from '../own';

export function PartnerCustomerPage() {
  return <Own>{(partner) => <Customer partner={partner} />}</Own>;
}

function Customer({ partner }: { partner: string }) {
  const { t } = useTranslation(['partner', 'common']);
  const { id } = useParams({ strict: false }) as { id: string };
  const found = api.useQuery('get', '/api/v1/customers/{id}', { params: { path: { id } } });
  const number = found.data?.number;
  const lines = api.useQuery(
    'get',
    '/api/v1/partners/{id}/customers',
    { params: { path: { id: partner }, query: { q: number ?? '' } } },
    { enabled: number != null },
  );
  if (found.isPending) return <Loading rows={6} />;
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  const customer = found.data;
  const own = (lines.data?.items ?? []).filter((line) => line.customer_id === id);
  return (
    <Stack>
      <PageHead title={customer.name} note={<span className="serial">{customer.number}</span>} />
      {lines.isPending && <Loading rows={2} />}
      {lines.error && <Failed error={lines.error} again={() => void lines.refetch()} />}
      {own
        .filter((line) => line.subscription_id != null)
        .map((line) => (
          <Panel
            key={line.subscription_id}
            title={line.plan_name}
            tools={line.state && <StateBadge kind="subscription" state={line.state} />}
          >
            <Stack gap={8}>
              <Group gap={8}>
                <ConditionBadge condition={line.condition} />
                {line.since && (
                  <Text size="sm" c="dimmed" component="div">
                    <Age since={line.since} />
                  </Text>
                )}
                <WhyButton subscription={line.subscription_id ?? ''} />
              </Group>
              {line.why && <Text size="sm">{line.why}</Text>}
              <Requests subscriptions={[line.subscription_id ?? '']} />
              <Group>
                <AskRequest subscription={line.subscription_id ?? ''} plan={line.plan_name} />
              </Group>
            </Stack>
          </Panel>
        ))}
      <Bills customer={id} />
      <Panel title={t('contact')}>
        <Facts
          items={[
            [
              t('phone'),
              <a key="p" href={`tel:${customer.phone}`}>
                {formatPhone(customer.phone)}
              </a>,
            ],
            [t('address'), customer.address],
          ]}
        />
      </Panel>
    </Stack>
  );
}

function Bills({ customer }: { customer: string }) {
  const { t } = useTranslation(['partner', 'common']);
  const bills = api.useQuery('get', '/api/v1/invoices', {
    params: { query: { customer, limit: 12 } },
  });
  if (bills.isPending) return <Loading rows={3} />;
  if (bills.error) return <Failed error={bills.error} again={() => void bills.refetch()} />;
  return (
    <Panel title={t('bills')}>
      {bills.data.items.length === 0 && <Empty icon="invoice" title={t('bills_empty')} />}
      <Stack gap={12}>
        {bills.data.items.map((bill) => (
          <Group key={bill.id} justify="space-between" wrap="nowrap" align="flex-start">
            <div>
              <Group gap={8}>
                <span className="serial">{bill.number ?? '–'}</span>
                <StateBadge kind="invoice" state={bill.state} />
              </Group>
              <Text size="xs" c="dimmed" component="div">
                {t('due_on')} <Day day={bill.due_on} /> · <Money amount={bill.total} />
              </Text>
            </div>
            {bill.outstanding > 0 && bill.number && (
              <ButtonTo
                to={path.partnerPay(bill.id)}
                aria-label={t('pay_bill', { number: bill.number })}
              >
                {t('pay')}
              </ButtonTo>
            )}
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
