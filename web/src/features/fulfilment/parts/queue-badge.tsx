import { Badge } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { ownQueue, useQueue } from '@/pwa/offline-queue';
import { Icon } from '@/ui/icon';

/** How many steps wait on this phone; nothing when none does. */
export function QueueBadge() {
  const { t } = useTranslation('fulfilment');
  const me = useMe();
  const queries = useQueryClient();
  const { ops, sending } = useQueue();
  useEffect(
    () =>
      ownQueue(me.id, () =>
        queries.invalidateQueries({ predicate: (query) => query.queryKey[0] === 'get' }),
      ),
    [me.id, queries],
  );
  const waiting = ops.filter((op) => op.refusal == null).length;
  if (waiting === 0) return null;
  return (
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
  );
}
