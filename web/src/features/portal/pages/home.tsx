import { Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { formatMoney } from '@/lib/money';
import { path } from '@/lib/path';
import { Day } from '@/ui/day';
import { ButtonTo } from '@/ui/link';
import { Failed, Loading } from '@/ui/states';
import { LineCard } from '../parts/line-card';
import { PayAhead, PayProgress, usePay } from '../parts/pay';
import classes from '../portal.module.css';

export function PortalHomePage() {
  const { t } = useTranslation('portal');
  const home = api.useQuery('get', '/api/v1/portal/home', undefined, { refetchInterval: 15_000 });
  const pay = usePay();
  if (home.isPending) return <Loading />;
  if (home.error) return <Failed error={home.error} again={() => void home.refetch()} />;
  const { bills, total, credit, lines } = home.data;
  const owes = total > 0;
  return (
    <Stack>
      <Title order={1}>{t('hello', { name: home.data.name })}</Title>
      <PayProgress />
      <Paper withBorder radius="lg" p="lg">
        <Stack gap="sm">
          <Text c="dimmed">{owes ? t('to_pay') : t('nothing_owed')}</Text>
          {owes ? (
            <>
              <div className={classes.sum}>{formatMoney(total)}</div>
              <Button
                size="xl"
                loading={pay.isPending && pay.variables.body.invoice_id == null}
                onClick={() => pay.mutate({ body: {} })}
              >
                {t('pay', { amount: formatMoney(total) })}
              </Button>
              {bills.map((bill) => (
                <Group key={bill.id} justify="space-between" wrap="nowrap">
                  <div>
                    <Text size="sm">
                      {bill.plan ?? bill.number} · {bill.number}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {t('due')} <Day day={bill.due_on} />{' '}
                      {bill.is_overdue && (
                        <Badge size="sm" color="red" variant="light">
                          {t('overdue')}
                        </Badge>
                      )}
                    </Text>
                  </div>
                  <ButtonTo to={path.myBill(bill.id)} variant="subtle" size="sm" flex="none">
                    {t('bill_why')}
                  </ButtonTo>
                </Group>
              ))}
            </>
          ) : (
            <Text>{t('nothing_owed_hint')}</Text>
          )}
          {credit > 0 && (
            <Text size="sm" c="dimmed">
              {t('credit', { amount: formatMoney(credit) })}
            </Text>
          )}
        </Stack>
      </Paper>
      {lines.map((line) => (
        <Stack key={line.id}>
          <LineCard line={line} />
          {!owes && <PayAhead line={line} />}
        </Stack>
      ))}
      <ButtonTo to={path.myReport()} variant="default" size="lg">
        {t('report')}
      </ButtonTo>
      {home.data.company_phone && (
        <Button component="a" href={`tel:${home.data.company_phone}`} variant="subtle">
          {t('call', { phone: home.data.company_phone })}
        </Button>
      )}
    </Stack>
  );
}
