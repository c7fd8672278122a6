import { Badge, Button, Card, Group, ScrollArea, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan, useToday } from '@/api/session';
import { path } from '@/lib/path';
import { Day } from '@/ui/day';
import { To } from '@/ui/link';
import { stateWord } from '@/ui/state-badge';
import { Failed, Loading } from '@/ui/states';
import type { WorkOrderRow } from '../pages/work-orders';
import classes from './board.module.css';

const LANES = ['open', 'assigned', 'accepted', 'on_the_way', 'on_site', 'failed'];

/** Everything that is not finished, by state; late ones first and marked. */
export function Board({ onDispatch }: { onDispatch: (order: WorkOrderRow) => void }) {
  const { t } = useTranslation('fulfilment');
  const found = api.useQuery(
    'get',
    '/api/v1/work-orders',
    { params: { query: { state: 'unfinished', limit: 200 } } },
    { refetchInterval: 15_000 },
  );
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const rows = found.data.items;
  return (
    <ScrollArea type="auto" offsetScrollbars>
      <div className={classes.board}>
        {LANES.map((lane) => {
          const orders = rows.filter((row) => row.state === lane);
          return (
            <section key={lane} className={classes.lane} aria-label={stateWord('work_order', lane)}>
              <Group gap={8} px={4} pb={8}>
                <Text fw={600} size="sm">
                  {stateWord('work_order', lane)}
                </Text>
                <Badge variant="default" size="sm">
                  {orders.length}
                </Badge>
              </Group>
              <Stack gap={8}>
                {orders.map((order) => (
                  <OrderCard key={order.id} order={order} onDispatch={onDispatch} />
                ))}
                {orders.length === 0 && (
                  <Text size="xs" c="dimmed" px={4}>
                    {t('lane_empty')}
                  </Text>
                )}
              </Stack>
            </section>
          );
        })}
      </div>
    </ScrollArea>
  );
}

function OrderCard({
  order,
  onDispatch,
}: {
  order: WorkOrderRow;
  onDispatch: (order: WorkOrderRow) => void;
}) {
  const { t } = useTranslation('fulfilment');
  const can = useCan();
  const today = useToday();
  const late = order.scheduled_on != null && order.scheduled_on < today;
  return (
    <Card withBorder padding="sm" className={classes.card} data-late={late || undefined}>
      <Stack gap={4}>
        <Group justify="space-between" gap={8} wrap="nowrap">
          <To to={path.workOrder(order.id)} size="sm" fw={600} className="serial">
            {order.number}
          </To>
          <Text size="xs" c="dimmed">
            {t(`kind_${order.kind}` as never)}
          </Text>
        </Group>
        <Text size="sm" truncate>
          {order.customer_name}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={2}>
          {order.address}
        </Text>
        <Group justify="space-between" gap={8}>
          <Text size="xs" c={late ? 'amber' : 'dimmed'} component="div">
            <Day day={order.scheduled_on} />
          </Text>
          <Text size="xs" truncate>
            {order.technicians.map((one) => one.name).join(', ')}
          </Text>
        </Group>
        {(order.state === 'open' || order.state === 'failed') &&
          can('work_order_dispatch').allowed && (
            <Button size="xs" variant="light" onClick={() => onDispatch(order)}>
              {t('dispatch')}
            </Button>
          )}
      </Stack>
    </Card>
  );
}
