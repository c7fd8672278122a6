import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { Age } from '@/ui/day';
import { Icon } from '@/ui/icon';

const POLL_MS = 3000;

/** Whether the job's device is known to be online. */
export function useIsOnline(order: Pick<Schemas['WorkOrder'], 'id'>): boolean {
  const found = api.useQuery(
    'get',
    '/api/v1/work-orders/{id}/online',
    { params: { path: { id: order.id } } },
    { enabled: false },
  );
  return found.data?.state === 'online';
}

/** Whether the device is online, or rejected and why; asked again until it is. */
export function OnlineLine({
  order,
}: {
  order: Pick<Schemas['WorkOrder'], 'id' | 'item' | 'state'>;
}) {
  const { t } = useTranslation('fulfilment');
  const open = order.state !== 'done' && order.state !== 'cancelled';
  const found = api.useQuery(
    'get',
    '/api/v1/work-orders/{id}/online',
    { params: { path: { id: order.id } } },
    {
      enabled: order.item != null,
      refetchInterval: (query) =>
        open && query.state.data?.state !== 'online' ? POLL_MS : open ? 15_000 : false,
    },
  );
  if (!order.item) return null;
  if (!found.data) return null;
  const line = found.data;
  if (line.state === 'online') {
    return (
      <Alert color="teal" icon={<Icon name="check" />} title={t('online')}>
        <Text size="sm">
          {[line.nas, line.ip].filter(Boolean).join(' · ')}{' '}
          {line.since && <Age since={line.since} />}
        </Text>
        {line.isolated && <Text size="sm">{t('online_isolated')}</Text>}
      </Alert>
    );
  }
  if (line.state === 'rejected') {
    return (
      <Alert color="red" icon={<Icon name="warning" />} title={t('rejected')}>
        {line.reason}
      </Alert>
    );
  }
  return (
    <Alert color="amber" icon={<Icon name="clock" />} title={t('not_yet_online')}>
      {t('not_yet_online_hint')}
    </Alert>
  );
}
