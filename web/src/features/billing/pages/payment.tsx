import { Grid, Stack, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { file, path } from '@/lib/path';
import { keyed } from '@/lib/request-key';
import { useId } from '@/lib/use-id';
import { ConfirmAction } from '@/ui/action';
import { Instant } from '@/ui/day';
import { Facts, Figure, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonFile, To } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { channelWord } from '../channel';

type Payment = Schemas['Payment'];

export function PaymentPage() {
  const { t } = useTranslation(['billing', 'common']);
  const id = useId();
  const found = api.useQuery('get', '/api/v1/payments/{id}', { params: { path: { id } } });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const payment = found.data;
  return (
    <>
      <PageHead
        title={payment.receipt_number ?? t('no_receipt')}
        badge={<StateBadge kind="payment" state={payment.state} />}
        note={<Payer id={payment.customer_id} />}
      >
        {payment.receipt_number && (
          <>
            <ButtonFile
              variant="default"
              href={file.receipt(payment.id, '58mm')}
              leftSection={<Icon name="print" size={16} />}
            >
              {t('print_receipt')}
            </ButtonFile>
            <ButtonFile variant="default" href={file.receipt(payment.id, 'a5')}>
              {t('print_a5')}
            </ButtonFile>
          </>
        )}
        <Actions payment={payment} />
      </PageHead>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Settled payment={payment} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Panel>
            <Stack>
              <Figure
                label={t('amount_received')}
                value={<Money amount={payment.amount} tone="in" />}
              />
              <Facts
                items={[
                  [t('channel'), channelWord(t, payment.channel)],
                  [t('reference'), payment.reference],
                  [t('received_at'), <Instant key="r" at={payment.received_at} />],
                  [t('recorded_at'), <Instant key="n" at={payment.recorded_at} />],
                  [t('recorded_by'), payment.recorded_by],
                  [t('note'), payment.note],
                  ...(payment.refunded > 0
                    ? ([[t('refunded'), <Money key="b" amount={payment.refunded} />]] as const)
                    : []),
                  ...(payment.reversed_at
                    ? ([
                        [t('reversed_at'), <Instant key="v" at={payment.reversed_at} />],
                        [t('reversed_why'), payment.reversed_why],
                      ] as const)
                    : []),
                ]}
              />
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </>
  );
}

/** The payment tells whose it is by id only. */
function Payer({ id }: { id: string }) {
  const can = useCan();
  const found = api.useQuery(
    'get',
    '/api/v1/customers/{id}',
    { params: { path: { id } } },
    { enabled: can('customer_read').allowed },
  );
  if (!found.data) return null;
  return (
    <To size="sm" to={path.customer(id)}>
      {found.data.name} · {found.data.number}
    </To>
  );
}

function Actions({ payment }: { payment: Payment }) {
  const { t } = useTranslation('billing');
  const can = useCan();
  const settle = api.useMutation('post', '/api/v1/payments/{id}/settle', { meta: { quiet: true } });
  const reverse = api.useMutation('post', '/api/v1/payments/{id}/reverse', {
    meta: { quiet: true },
  });
  const params = { path: { id: payment.id } };
  return (
    <>
      {payment.state === 'pending' && (
        <ConfirmAction
          verdict={can('payment_write', payment, 'settle')}
          title={t('settle_title')}
          text={t('settle_text', { reference: payment.reference })}
          confirm={t('settle')}
          onConfirm={(_, key) => settle.mutateAsync({ params, ...keyed(key) })}
        >
          {t('settle')}
        </ConfirmAction>
      )}
      {payment.state !== 'reversed' && (
        <ConfirmAction
          verdict={can('payment_write', payment, 'reverse')}
          color="red"
          variant="light"
          title={t('reverse_title')}
          text={t('reverse_text')}
          confirm={t('reverse')}
          reason={t('reason')}
          onConfirm={(why, key) => reverse.mutateAsync({ params, body: { why }, ...keyed(key) })}
        >
          {t('reverse')}
        </ConfirmAction>
      )}
    </>
  );
}

function Settled({ payment }: { payment: Payment }) {
  const { t } = useTranslation('billing');
  const rest = payment.amount - payment.allocated - payment.refunded;
  if (payment.allocations.length === 0) {
    return (
      <Panel title={t('settled_what')}>
        <Empty icon="invoice" title={t('settled_nothing')} hint={t('settled_nothing_hint')} />
      </Panel>
    );
  }
  return (
    <Panel title={t('settled_what')} flush>
      <Table>
        <Table.Tbody>
          {payment.allocations.map((one) => (
            <Table.Tr key={`${one.invoice_id}-${one.at}`}>
              <Table.Td>
                <To size="sm" to={path.invoice(one.invoice_id)}>
                  {one.invoice_number ?? t('no_number')}
                </To>
              </Table.Td>
              <Table.Td>
                <Instant at={one.at} />
              </Table.Td>
              <Table.Td className="num">
                <Money amount={one.amount} tone="in" />
              </Table.Td>
            </Table.Tr>
          ))}
          {rest > 0 && payment.state === 'settled' && (
            <Table.Tr>
              <Table.Td colSpan={2}>{t('customer_credit')}</Table.Td>
              <Table.Td className="num">
                <Money amount={rest} />
              </Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
