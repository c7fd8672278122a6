import { Grid, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
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

type Invoice = Schemas['Invoice'];

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
        <ButtonFile
          variant="default"
          href={file.invoice(invoice.id)}
          leftSection={<Icon name="file" size={16} />}
        >
          {t('pdf')}
        </ButtonFile>
        {invoice.outstanding > 0 && can('payment_write').allowed && (
          <ButtonTo to={path.cashier(invoice.id)} leftSection={<Icon name="cash" size={16} />}>
            {t('take_payment')}
          </ButtonTo>
        )}
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack>
            <Lines invoice={invoice} />
            <Payments invoice={invoice} />
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
                  [t('subscription'), invoice.customer_number],
                ]}
              />
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Lines({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation(['billing', 'common']);
  const sums = [
    [t('base'), invoice.base],
    [t('tax'), invoice.tax],
  ] as const;
  const less = [
    [t('paid'), invoice.paid],
    [t('credited'), invoice.credited],
    [t('withheld'), invoice.withheld],
    [t('written_off'), invoice.written_off],
  ] as const;
  return (
    <Panel title={t('lines')} flush>
      <div style={{ overflowX: 'auto' }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('line')}</Table.Th>
              <Table.Th className="num">{t('base')}</Table.Th>
              <Table.Th className="num">{t('tax')}</Table.Th>
              <Table.Th className="num">{t('common:total')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {invoice.lines.map((line, index) => (
              <Table.Tr key={`${index}-${line.text}`}>
                <Table.Td>
                  {line.text}
                  {line.formula && (
                    <Text size="xs" c="dimmed">
                      {line.formula}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td className="num">
                  <Money amount={line.base} />
                </Table.Td>
                <Table.Td className="num">
                  <Money amount={line.tax} />
                </Table.Td>
                <Table.Td className="num">
                  <Money amount={line.total} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot>
            {sums.map(([label, amount]) => (
              <SumRow key={label} label={label} amount={amount} />
            ))}
            <SumRow label={t('common:total')} amount={invoice.total} bold />
            {less
              .filter(([, amount]) => amount !== 0)
              .map(([label, amount]) => (
                <SumRow key={label} label={label} amount={-amount} />
              ))}
            <SumRow label={t('common:outstanding')} amount={invoice.outstanding} bold />
          </Table.Tfoot>
        </Table>
      </div>
    </Panel>
  );
}

function SumRow({ label, amount, bold }: { label: string; amount: number; bold?: boolean }) {
  return (
    <Table.Tr>
      <Table.Td colSpan={3} className="num" fw={bold ? 600 : 400}>
        {label}
      </Table.Td>
      <Table.Td className="num">
        <Money amount={amount} bold={bold} />
      </Table.Td>
    </Table.Tr>
  );
}

function Payments({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation(['billing', 'common']);
  if (invoice.payments.length === 0) return null;
  return (
    <Panel title={t('payments')} flush>
      <div style={{ overflowX: 'auto' }}>
        <Table>
          <Table.Tbody>
            {invoice.payments.map((payment) => (
              <Table.Tr key={payment.id}>
                <Table.Td>
                  <a href={file.receipt(payment.id, 'a5')} target="_blank" rel="noopener">
                    {payment.receipt_number}
                  </a>
                  <Text size="xs" c="dimmed">
                    {t(`channel_${payment.channel}` as never)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <StateBadge kind="payment" state={payment.state} />
                </Table.Td>
                <Table.Td>
                  <Instant at={payment.received_at} />
                </Table.Td>
                <Table.Td className="num">
                  <Money amount={payment.allocated} tone="in" />
                  {payment.allocated !== payment.amount && (
                    <Text size="xs" c="dimmed">
                      {t('of')} <Money amount={payment.amount} />
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Panel>
  );
}

function CreditNotes({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('billing');
  if (invoice.credit_notes.length === 0) return null;
  return (
    <Panel title={t('credit_notes')} flush>
      <Table>
        <Table.Tbody>
          {invoice.credit_notes.map((note) => (
            <Table.Tr key={note.id}>
              <Table.Td className="serial">{note.number}</Table.Td>
              <Table.Td>{note.why}</Table.Td>
              <Table.Td>
                <Day day={note.issued_on} />
              </Table.Td>
              <Table.Td className="num">
                <Money amount={note.total} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
