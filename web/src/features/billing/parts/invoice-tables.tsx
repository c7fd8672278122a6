import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { file, path } from '@/lib/path';
import { Day, Instant } from '@/ui/day';
import { Panel } from '@/ui/facts';
import { FormAction } from '@/ui/form';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { channelWord } from '../channel';
import { CertifyForm } from './certify-form';

type Invoice = Schemas['Invoice'];

export function Lines({ invoice }: { invoice: Invoice }) {
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
      <div style={{ overflowX: 'auto' }} tabIndex={0}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('line')}</Table.Th>
              <Table.Th className="num" visibleFrom="sm">
                {t('base')}
              </Table.Th>
              <Table.Th className="num" visibleFrom="sm">
                {t('tax')}
              </Table.Th>
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
                <Table.Td className="num" visibleFrom="sm">
                  <Money amount={line.base} />
                </Table.Td>
                <Table.Td className="num" visibleFrom="sm">
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
      <Table.Td colSpan={3} className="num" fw={bold ? 600 : 400} visibleFrom="sm">
        {label}
      </Table.Td>
      <Table.Td className="num" fw={bold ? 600 : 400} hiddenFrom="sm">
        {label}
      </Table.Td>
      <Table.Td className="num">
        <Money amount={amount} bold={bold} />
      </Table.Td>
    </Table.Tr>
  );
}

export function Payments({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation(['billing', 'common']);
  if (invoice.payments.length === 0) return null;
  return (
    <Panel title={t('payments')} flush>
      <div style={{ overflowX: 'auto' }} tabIndex={0}>
        <Table>
          <Table.Tbody>
            {invoice.payments.map((payment) => (
              <Table.Tr key={payment.id}>
                <Table.Td>
                  <To size="sm" to={path.payment(payment.id)}>
                    {payment.receipt_number ?? t('no_receipt')}
                  </To>
                  <Text size="xs" c="dimmed">
                    {channelWord(t, payment.channel)}
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

export function CreditNotes({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('billing');
  if (invoice.credit_notes.length === 0) return null;
  return (
    <Panel title={t('credit_notes')} flush>
      <Table>
        <Table.Tbody>
          {invoice.credit_notes.map((note) => (
            <Table.Tr key={note.id}>
              <Table.Td className="serial">
                <a href={file.creditNote(note.id)} target="_blank" rel="noopener">
                  {note.number}
                </a>
              </Table.Td>
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

export function Withholdings({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation('billing');
  const can = useCan();
  if (invoice.withholdings.length === 0) return null;
  return (
    <Panel title={t('withholdings')} flush>
      <Table>
        <Table.Tbody>
          {invoice.withholdings.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>{t(`withholding_${one.kind}` as never)}</Table.Td>
              <Table.Td>
                {one.cancelled_at ? (
                  t('cancelled')
                ) : one.certificate ? (
                  <span className="serial">{one.certificate}</span>
                ) : (
                  <FormAction
                    size="compact-sm"
                    variant="light"
                    label={t('certify')}
                    verdict={can('payment_write')}
                  >
                    {(close) => <CertifyForm id={one.id} close={close} />}
                  </FormAction>
                )}
              </Table.Td>
              <Table.Td>
                <Instant at={one.recorded_at} />
              </Table.Td>
              <Table.Td className="num">
                <Money amount={one.amount} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
