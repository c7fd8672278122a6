import { Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { file, path } from '@/lib/path';
import { Instant, Period } from '@/ui/day';
import { ButtonFile, To } from '@/ui/link';
import { Money } from '@/ui/money';
import { Empty, Failed, Loading } from '@/ui/states';

const COLOR: Record<string, string> = { paid: 'money', overdue: 'red', cancelled: 'gray' };
type State = 'open' | 'overdue' | 'partly_paid' | 'paid' | 'cancelled';

export function PortalBillsPage() {
  const { t } = useTranslation('portal');
  const bills = api.useQuery('get', '/api/v1/portal/bills', { params: { query: { limit: 36 } } });
  const paid = api.useQuery('get', '/api/v1/portal/payments', { params: { query: { limit: 36 } } });
  const error = bills.error ?? paid.error;
  if (error) return <Failed error={error} again={() => void bills.refetch()} />;
  if (!bills.data || !paid.data) return <Loading />;
  return (
    <Stack>
      <Title order={1}>{t('nav_bills')}</Title>
      {bills.data.items.length === 0 && (
        <Empty icon="invoice" title={t('bills_empty')} hint={t('bills_empty_hint')} />
      )}
      {bills.data.items.map((bill) => (
        <Paper key={bill.id} withBorder radius="lg" p="md">
          <Group justify="space-between" wrap="nowrap">
            <div>
              <To to={path.myBill(bill.id)}>{bill.number}</To>
              <Text size="sm" c="dimmed">
                <Period from={bill.period_from} to={bill.period_to} />
              </Text>
            </div>
            <Stack gap={4} align="flex-end">
              <Money amount={bill.total} bold />
              <Badge variant="light" color={COLOR[bill.state] ?? 'amber'}>
                {t(`bill_${bill.state as State}`)}
              </Badge>
            </Stack>
          </Group>
        </Paper>
      ))}
      <Title order={2}>{t('payments')}</Title>
      {paid.data.items.length === 0 && <Text c="dimmed">{t('payments_empty')}</Text>}
      {paid.data.items.map((one) => (
        <Group key={one.id} justify="space-between" wrap="nowrap">
          <div>
            <Money amount={one.amount} bold />
            <Text size="sm" c="dimmed">
              <Instant at={one.received_at} />
            </Text>
          </div>
          {one.state === 'reversed' && <Badge color="red">{t('reversed')}</Badge>}
          {one.state === 'settled' && one.receipt_number && (
            <ButtonFile href={file.myReceipt(one.id)} variant="default">
              {t('receipt')}
            </ButtonFile>
          )}
        </Group>
      ))}
    </Stack>
  );
}
