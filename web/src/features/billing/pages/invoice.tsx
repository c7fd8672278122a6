import { Anchor, CopyButton, Grid, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { file, path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { Day, Instant, Period } from '@/ui/day';
import { Facts, Figure, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonFile, ButtonTo, To } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { AmountWhy } from '../parts/amount-why';
import { InvoiceActions } from '../parts/invoice-actions';
import { CreditNotes, Lines, Payments, Withholdings } from '../parts/invoice-tables';

export function InvoicePage() {
  const { t } = useTranslation(['billing', 'common']);
  const id = useId();
  const can = useCan();
  const found = api.useQuery('get', '/api/v1/invoices/{id}', { params: { path: { id } } });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const invoice = found.data;
  return (
    <>
      <PageHead
        title={invoice.number ?? t('no_number')}
        badge={<StateBadge kind="invoice" state={invoice.state} />}
        note={
          <To size="sm" to={path.customer(invoice.customer_id)}>
            {invoice.customer_name} · {invoice.customer_number}
          </To>
        }
      >
        <AmountWhy id={invoice.id} />
        <ButtonFile
          variant="default"
          href={file.invoice(invoice.id)}
          leftSection={<Icon name="file" size={16} />}
        >
          {t('pdf')}
        </ButtonFile>
        {can('payment_write', invoice, 'pay').allowed && (
          <ButtonTo to={path.cashier(invoice.id)} leftSection={<Icon name="cash" size={16} />}>
            {t('take_payment')}
          </ButtonTo>
        )}
        <InvoiceActions invoice={invoice} />
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack>
            <Lines invoice={invoice} />
            <Payments invoice={invoice} />
            <Withholdings invoice={invoice} />
            <CreditNotes invoice={invoice} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Panel>
            <Stack>
              <Figure
                label={t('common:outstanding')}
                value={
                  <Money
                    amount={invoice.outstanding}
                    tone={invoice.state === 'overdue' ? 'owed' : 'plain'}
                  />
                }
              />
              <Facts
                items={[
                  [
                    t('period'),
                    <Period key="p" from={invoice.period_from} to={invoice.period_to} />,
                  ],
                  [t('kind'), t(`kind_${invoice.kind}` as never)],
                  [t('issued_on'), <Day key="i" day={invoice.issued_on} />],
                  [t('due'), <Day key="d" day={invoice.due_on} />],
                  [t('isolate_at'), <Instant key="a" at={invoice.isolate_at} />],
                  [t('subscription'), invoice.service],
                  [t('note'), invoice.note],
                ]}
              />
              {invoice.pay_url && invoice.outstanding > 0 && <PayLink url={invoice.pay_url} />}
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}

function PayLink({ url }: { url: string }) {
  const { t } = useTranslation(['billing', 'chain']);
  return (
    <Group gap={16}>
      <Anchor size="sm" href={url} target="_blank" rel="noopener">
        {t('pay_page')}
      </Anchor>
      <CopyButton value={url}>
        {({ copied, copy }) => (
          <Anchor size="sm" component="button" type="button" onClick={copy}>
            {copied ? t('chain:copied') : t('pay_link_copy')}
          </Anchor>
        )}
      </CopyButton>
    </Group>
  );
}
