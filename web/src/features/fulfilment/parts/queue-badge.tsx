import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { path } from '@/lib/path';
import { useQueue } from '@/pwa/offline-queue';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';

/** How many steps wait on this phone; nothing when none does. */
export function QueueBadge() {
  const { t } = useTranslation('fulfilment');
  const { ops, sending } = useQueue();
  const waiting = ops.filter((op) => op.refusal == null).length;
  if (waiting === 0) return null;
  return (
    <To to={path.queue()} underline="never">
      <Badge
        color="amber"
        variant="light"
        tt="none"
        size="lg"
        leftSection={<Icon name={sending ? 'run' : 'offline'} size={14} />}
        role="status"
      >
        {t('queued', { n: waiting })}
      </Badge>
    </To>
  );
}
