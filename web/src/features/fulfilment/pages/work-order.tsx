import { Alert, Grid, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatDistance, formatPlace } from '@/lib/geo';
import { file, path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useId } from '@/lib/use-id';
import { ActionButton, ConfirmAction } from '@/ui/action';
import { Day } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { AreaMap } from '@/ui/map';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { DispatchForm } from '../parts/dispatch-form';
import { OnlineLine } from '../parts/online-line';

export function WorkOrderPage() {
  const { t } = useTranslation(['fulfilment', 'common']);
  const id = useId();
  const found = api.useQuery(
    'get',
    '/api/v1/work-orders/{id}',
    { params: { path: { id } } },
    { refetchInterval: 15_000 },
  );
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const order = found.data;
  const place = order.lat != null && order.lon != null ? { lat: order.lat, lon: order.lon } : null;
  return (
    <>
      <PageHead
        title={order.number}
        badge={<StateBadge kind="work_order" state={order.state} />}
        note={t(`kind_${order.kind}` as never)}
      >
        <OrderActions order={order} />
      </PageHead>
      {order.review && (
        <Alert color="amber" icon={<Icon name="warning" />} mb="md">
          {t('review')}
        </Alert>
      )}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            <Panel title={t('order_facts')}>
              <Facts
                items={[
                  [
                    t('customer'),
                    <To key="c" size="sm" to={path.customer(order.customer_id)}>
                      {order.customer_name}
                    </To>,
                  ],
                  [
                    t('phone'),
                    <a key="p" href={`tel:${order.customer_phone}`}>
                      {formatPhone(order.customer_phone ?? '')}
                    </a>,
                  ],
                  [t('address'), order.address],
                  [t('plan'), order.plan_name],
                  [t('scheduled'), <Day key="s" day={order.scheduled_on} />],
                  [t('technicians'), order.technicians.map((one) => one.name).join(', ')],
                  [t('visit'), order.visit],
                  [t('note'), order.note],
                  [t('failed_reason'), order.failed_reason],
                ]}
              />
            </Panel>
            <Panel title={t('done_facts')}>
              <Stack>
                <OnlineLine order={order} />
                <Facts
                  items={[
                    [
                      t('device'),
                      order.item && (
                        <To
                          key="i"
                          size="sm"
                          to={path.item(order.item.serial ?? '')}
                          className="serial"
                        >
                          {order.item.serial}
                        </To>
                      ),
                    ],
                    [t('mac'), order.item?.mac && <span className="serial">{order.item.mac}</span>],
                    [
                      t('username'),
                      order.username && <span className="serial">{order.username}</span>,
                    ],
                    [
                      t('gps'),
                      order.gps &&
                        `${formatPlace(order.gps)} (${order.distance_m == null ? '–' : formatDistance(order.distance_m)})`,
                    ],
                  ]}
                />
                {order.photos.length > 0 && (
                  <Group gap={8}>
                    {order.photos.map((photo) => (
                      <a key={photo.id} href={file.photo(photo.id)} target="_blank" rel="noopener">
                        <img
                          src={file.photo(photo.id)}
                          alt={t(`photo_${photo.kind}` as never)}
                          width={120}
                          height={90}
                          style={{ objectFit: 'cover', borderRadius: 8 }}
                        />
                      </a>
                    ))}
                  </Group>
                )}
              </Stack>
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          {place && (
            <Panel title={t('site')}>
              <AreaMap height={320} label={formatPlace(place)} pin={place} />
            </Panel>
          )}
        </Grid.Col>
      </Grid>
    </>
  );
}

function OrderActions({ order }: { order: Schemas['WorkOrder'] }) {
  const { t } = useTranslation('fulfilment');
  const can = useCan();
  const [dispatching, dispatch] = useDisclosure(false);
  const cancel = api.useMutation('post', '/api/v1/work-orders/{id}/cancel', {
    meta: { quiet: true },
  });
  if (order.state === 'done' || order.state === 'cancelled') return null;
  return (
    <Group gap={8}>
      <ConfirmAction
        variant="default"
        color="red"
        verdict={can('work_order_write', order, 'cancel')}
        title={t('cancel_title')}
        text={t('cancel_text')}
        confirm={t('cancel_order')}
        reason={t('reason')}
        onConfirm={(reason) =>
          cancel.mutateAsync({ params: { path: { id: order.id } }, body: { reason } })
        }
      >
        {t('cancel_order')}
      </ConfirmAction>
      <ActionButton verdict={can('work_order_dispatch', order, 'assign')} onClick={dispatch.open}>
        {order.technicians.length > 0 ? t('reschedule') : t('dispatch')}
      </ActionButton>
      <FormDrawer
        opened={dispatching}
        close={dispatch.close}
        title={t('dispatch_title', { number: order.number })}
      >
        <DispatchForm order={order} close={dispatch.close} />
      </FormDrawer>
    </Group>
  );
}
