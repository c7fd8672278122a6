// What a reseller wants to know first: the balance, today, what falls due, the commission.
import { Alert, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useMe } from '@/api/session';
import { formatDay } from '@/lib/day';
import { formatMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { useLang } from '@/locales';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonTo, To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Failed, Loading, PageHead } from '@/ui/states';
import { Own } from '../own';

export function PartnerHomePage() {
  return <Own>{(partner) => <Home partner={partner} />}</Own>;
}

function Home({ partner }: { partner: string }) {
  const { t } = useTranslation(['partner', 'common']);
  const me = useMe();
  const lang = useLang();
  const home = api.useQuery(
    'get',
    '/api/v1/partners/{id}/home',
    { params: { path: { id: partner } } },
    { refetchInterval: 30_000 },
  );
  if (home.isPending) return <Loading rows={6} />;
  if (home.error) return <Failed error={home.error} again={() => void home.refetch()} />;
  const now = home.data;
  return (
    <Stack>
      <PageHead
        title={t('common:hello', { name: me.name.split(' ')[0] ?? '' })}
        note={formatDay(now.today, lang)}
      />
      <Panel>
        <Stack gap={8}>
          <Text size="sm" c="dimmed">
            {t('balance')}
          </Text>
          <To to={path.partnerWallet()} underline="never" c="inherit">
            <Money amount={now.balance} bold size={32} />
          </To>
          {now.debt > 0 && (
            <Alert color="amber" icon={<Icon name="warning" />}>
              {t('debt_note', { amount: formatMoney(now.debt) })}
            </Alert>
          )}
          <Group gap={8} grow>
            <ButtonTo
              to={path.partnerRegister()}
              size="md"
              leftSection={<Icon name="plus" size={18} />}
            >
              {t('register')}
            </ButtonTo>
            <ButtonTo to={path.partnerTopUp()} size="md" variant="default">
              {t('top_up')}
            </ButtonTo>
          </Group>
        </Stack>
      </Panel>
      <SimpleGrid cols={2} spacing={8}>
        <Card
          to={path.partnerCustomers({ due_until: now.due_until })}
          label={t('due_soon')}
          value={t('customers_bills', { count: now.due_count })}
          note={<Money amount={now.due} tone="owed" />}
        />
        <Card
          to={path.partnerCommission()}
          label={t('commission_month')}
          value={<Money amount={now.commission_month} tone="in" bold />}
          note={
            <>
              {t('today')} <Money amount={now.commission_today} />
            </>
          }
        />
        <Card
          to={path.partnerWallet()}
          label={t('sales_today')}
          value={<Money amount={now.sales} bold />}
          note={t('payments_count', { count: now.sales_count })}
        />
        <Card
          to={path.partnerCustomers()}
          label={t('customers')}
          value={t('online_of', { online: now.online, all: now.customers })}
          note={t('isolated_count', { count: now.isolated })}
        />
      </SimpleGrid>
      <To to={path.partnerLeads()}>{t('leads_follow')}</To>
    </Stack>
  );
}

type CardProps = { to: string; label: string; value: ReactNode; note: ReactNode };

function Card({ to, label, value, note }: CardProps) {
  return (
    <To to={to} underline="never" c="inherit" style={{ display: 'block' }}>
      <Panel>
        <Text size="xs" c="dimmed">
          {label}
        </Text>
        <Text fw={600} fz={18} component="div">
          {value}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          {note}
        </Text>
      </Panel>
    </To>
  );
}
