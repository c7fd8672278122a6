import { Alert, Grid, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { groupDigits } from '@/lib/money';
import { path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { Day } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { Icon, type IconName } from '@/ui/icon';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { Timeline } from '@/ui/timeline';
import { PurchaseActions } from '../purchase/actions';
import classes from '../purchase/order.module.css';

type Order = Schemas['PurchaseView'];
type Line = Order['lines'][number];

const STEP_ICONS: Record<string, IconName> = {
  drafted: 'pen',
  amended: 'pen',
  submitted: 'clock',
  approved: 'check',
  rejected: 'close',
  received: 'box',
  closed_short: 'warning',
  cancelled: 'close',
};

/** One purchase order: what was ordered, what has come, who decided. */
export function PurchasePage() {
  const { t } = useTranslation(['purchase', 'common']);
  const id = useId();
  const found = api.useQuery('get', '/api/v1/purchases/{id}', { params: { path: { id } } });
  if (found.error && !found.data) {
    return <Failed error={found.error} again={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading rows={8} />;
  const order = found.data;
  return (
    <>
      <PageHead
        title={<span className="serial">{order.number}</span>}
        badge={<StateBadge kind="purchase" state={order.state} />}
        note={order.supplier_name}
      >
        <PurchaseActions order={order} />
      </PageHead>
      {order.can.approve.allowed && (
        <Alert color="amber" icon={<Icon name="clock" />} mb="md">
          {t('waits')}
        </Alert>
      )}
      {order.reason && (
        <Alert
          color={order.state === 'rejected' ? 'red' : 'gray'}
          icon={<Icon name="message" />}
          mb="md"
        >
          {t('reason')}: {order.reason}
        </Alert>
      )}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack>
            <Panel title={t('lines')} flush>
              <Lines order={order} />
            </Panel>
            {order.state !== 'draft' && <Receipts order={order} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack>
            <Panel title={t('facts')}>
              <Facts
                items={[
                  [
                    t('supplier'),
                    [order.supplier_name, order.supplier_phone].filter(Boolean).join(' · '),
                  ],
                  [t('warehouse'), `${order.warehouse_name} · ${order.branch_name}`],
                  [t('expected'), <Day key="e" day={order.expected_on} />],
                  [t('written_by'), order.created_by],
                  ...(order.submitted_by ? [[t('submitted_by'), order.submitted_by] as const] : []),
                  ...(order.decided_by ? [[t('decided_by'), order.decided_by] as const] : []),
                  ...(order.note ? [[t('note'), order.note] as const] : []),
                ]}
              />
            </Panel>
            <Panel title={t('history')}>
              <Timeline
                items={order.steps.map((step, at) => ({
                  key: `${step.at}-${at}`,
                  at: step.at,
                  icon: STEP_ICONS[step.action] ?? 'file',
                  title: t(`step_${step.action}` as never),
                  note: [step.by, step.why].filter(Boolean).join(' · '),
                }))}
              />
            </Panel>
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Lines({ order }: { order: Order }) {
  const { t } = useTranslation('purchase');
  const waits = ['approved', 'partly_received', 'received', 'closed_short'].includes(order.state);
  return (
    <div className={classes.scroll} tabIndex={0}>
      <Table className={classes.lines} verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('type')}</Table.Th>
            <Table.Th ta="right">{t('ordered')}</Table.Th>
            {waits && <Table.Th ta="right">{t('received')}</Table.Th>}
            <Table.Th ta="right" className={classes.wide}>
              {t('price')}
            </Table.Th>
            <Table.Th ta="right">{t('amount')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {order.lines.map((line) => (
            <Table.Tr key={line.id}>
              <Table.Td>
                {line.name}
                <div className="quiet">
                  {line.code}
                  {line.serialized && line.received > 0 && (
                    <>
                      {' · '}
                      <To size="xs" to={path.stock({ purchase: order.id, type: line.type_id })}>
                        {t('of_serials')}
                      </To>
                    </>
                  )}
                </div>
              </Table.Td>
              <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
                {groupDigits(line.ordered)} {line.unit}
              </Table.Td>
              {waits && (
                <Table.Td ta="right">
                  <Came line={line} />
                </Table.Td>
              )}
              <Table.Td ta="right" className={classes.wide}>
                <Money amount={line.price} />
              </Table.Td>
              <Table.Td ta="right">
                <Money amount={line.amount} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <div className={classes.total}>
        {t('total')} <Money amount={order.total} bold size={18} />
      </div>
    </div>
  );
}

/** How much of a line has come. */
function Came({ line }: { line: Line }) {
  const { t } = useTranslation('purchase');
  const beyond = line.received - line.ordered;
  return (
    <>
      <Text
        size="sm"
        component="span"
        c={line.left === 0 ? 'money' : line.received > 0 ? 'amber' : 'dimmed'}
        style={{ whiteSpace: 'nowrap' }}
      >
        {groupDigits(line.received)} / {groupDigits(line.ordered)}
      </Text>
      {beyond > 0 && (
        <Text size="xs" c="amber">
          {t('more_than', { n: groupDigits(beyond) })}
        </Text>
      )}
    </>
  );
}

function Receipts({ order }: { order: Order }) {
  const { t } = useTranslation('purchase');
  const of = (id: string) => order.lines.find((line) => line.id === id);
  if (order.receipts.length === 0) {
    return order.can.receive.allowed ? (
      <Panel title={t('receipts')}>
        <Text size="sm" c="dimmed">
          {t('receipts_none')}
        </Text>
      </Panel>
    ) : null;
  }
  return (
    <Panel title={t('receipts')}>
      <Timeline
        items={[...order.receipts].reverse().map((one) => {
          const line = of(one.line_id);
          const beyond = one.beyond > 0 ? t('more_than', { n: groupDigits(one.beyond) }) : null;
          return {
            key: one.id,
            at: one.at,
            icon: 'box' as const,
            title: `${groupDigits(one.quantity)} ${line?.unit ?? ''} ${line?.name ?? ''}`,
            note: [one.by, one.document, beyond, one.why].filter(Boolean).join(' · '),
          };
        })}
      />
    </Panel>
  );
}
