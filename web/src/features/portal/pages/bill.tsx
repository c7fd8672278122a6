import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { file } from '@/lib/path';
import { Day } from '@/ui/day';
import { ButtonFile } from '@/ui/link';
import { Money } from '@/ui/money';
import { Failed, Loading } from '@/ui/states';
import { usePay } from '../parts/pay';

export function PortalBillPage() {
  const { t } = useTranslation('portal');
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const bill = api.useQuery('get', '/api/v1/portal/bills/{id}', { params: { path: { id } } });
  const pay = usePay();
  if (bill.isPending) return <Loading />;
  if (bill.error) return <Failed error={bill.error} again={() => void bill.refetch()} />;
  const { data } = bill;
  const sums = [
    ['bill_base', data.base],
    ['bill_tax', data.tax],
    ['bill_total', data.total],
    ['bill_left', data.outstanding],
  ] as const;
  return (
    <Stack>
      <Title order={1}>{data.number}</Title>
      <Text c="dimmed">
        {t('due')} <Day day={data.due_on} />
      </Text>
      <Paper withBorder radius="lg" p="lg">
        <Stack gap="sm">
          <Text fw={600}>{t('bill_why')}</Text>
          {data.lines.map((line, n) => (
            <Text key={n}>{line.say}</Text>
          ))}
          {sums.map(([name, amount]) => (
            <Group key={name} justify="space-between">
              <Text c="dimmed">{t(name)}</Text>
              <Money amount={amount} bold={name === 'bill_total'} />
            </Group>
          ))}
        </Stack>
      </Paper>
      {data.to_pay > 0 && (
        <Button
          size="lg"
          loading={pay.isPending}
          onClick={() => pay.mutate({ body: { invoice_id: id } })}
        >
          {t('pay', { amount: formatMoney(data.to_pay) })}
        </Button>
      )}
      <ButtonFile href={file.myBill(id)} variant="default">
        {t('pdf')}
      </ButtonFile>
    </Stack>
  );
}
