import { Alert, Grid, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { formatDistance, formatPlace } from '@/lib/geo';
import { file, path } from '@/lib/path';
import { formatPhone } from '@/lib/phone';
import { useId } from '@/lib/use-id';
import { Day, Instant } from '@/ui/day';
import { Facts, Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { ButtonFile, To } from '@/ui/link';
import { AreaMap } from '@/ui/map';
import { StateBadge } from '@/ui/state-badge';
import { Failed, Loading, PageHead } from '@/ui/states';
import { OnlineLine } from '../parts/online-line';
import { OrderActions } from '../parts/order-actions';
import { OrderStory } from '../parts/order-story';
import { SignalLine } from '../parts/signal-line';
import { Signatures } from '../parts/signatures';

export function WorkOrderPage() {
  const { t } = useTranslation(['fulfilment', 'common']);
  const can = useCan();
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
        <ButtonFile
          variant="default"
          href={file.workOrder(order.id)}
          leftSection={<Icon name="print" size={16} />}
        >
          {t(order.state === 'done' ? 'pdf_handover' : 'pdf')}
        </ButtonFile>
        <OrderActions order={order} />
      </PageHead>
      {order.review && (
        <Alert color="amber" icon={<Icon name="warning" />} mb="md">
          {t(`review_${order.review_why ?? 'no_gps'}` as never)}
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
                    can('customer_read').allowed ? (
                      <To key="c" size="sm" to={path.customer(order.customer_id)}>
                        {order.customer_name}
                      </To>
                    ) : (
                      order.customer_name
                    ),
                  ],
                  [
                    t('phone'),
                    order.customer_phone && (
                      <a key="p" href={`tel:${order.customer_phone}`}>
                        {formatPhone(order.customer_phone)}
                      </a>
                    ),
                  ],
                  [t('address'), order.address],
                  [t('plan'), order.plan_name],
                  [t('scheduled'), <Day key="s" day={order.scheduled_on} />],
                  [t('technicians'), order.technicians.map((one) => one.name).join(', ')],
                  [t('visit'), order.visit],
                  [t('note'), order.note],
                  ...(order.failed_reason
                    ? [[t('failed_reason'), order.failed_reason] as const]
                    : []),
                  ...(order.cancelled_reason
                    ? [[t('cancelled_reason'), order.cancelled_reason] as const]
                    : []),
                ]}
              />
            </Panel>
            <Panel title={t('done_facts')}>
              <Stack>
                <OnlineLine order={order} />
                <Facts
                  items={[
                    [t('done_at'), order.done_at && <Instant key="d" at={order.done_at} />],
                    [t('online_result'), order.online_result],
                    [t('port'), order.odp_code && `${order.odp_code} / ${order.odp_port ?? '–'}`],
                    [
                      t('device'),
                      order.item?.serial && (
                        <To key="i" size="sm" to={path.item(order.item.serial)} className="serial">
                          {order.item.serial}
                        </To>
                      ),
                    ],
                    ...(order.item?.typed_because
                      ? [[t('typed_because'), order.item.typed_because] as const]
                      : []),
                    [t('mac'), order.item?.mac && <span className="serial">{order.item.mac}</span>],
                    [
                      t('username'),
                      order.username && <span className="serial">{order.username}</span>,
                    ],
                    [t('signal'), order.signal && <SignalLine key="r" dbm={order.signal.dbm} />],
                    [
                      t('gps'),
                      order.gps &&
                        `${formatPlace(order.gps)} (${order.distance_m == null ? '–' : formatDistance(order.distance_m)})`,
                    ],
                  ]}
                />
                {order.photos.some((photo) => !photo.received) && (
                  <Text size="sm" c="dimmed">
                    {t('photos_on_phone')}
                  </Text>
                )}
                {order.photos.length > 0 && (
                  <Group gap={8}>
                    {order.photos
                      .filter((photo) => photo.received && photo.kind !== 'signature')
                      .map((photo) => (
                        <a
                          key={photo.id}
                          href={file.photo(photo.id)}
                          target="_blank"
                          rel="noopener"
                        >
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
                <Signatures photos={order.photos} />
              </Stack>
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            {place && (
              <Panel title={t('site')}>
                <AreaMap height={320} label={formatPlace(place)} pin={place} />
              </Panel>
            )}
            <OrderStory story={order.story} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}
