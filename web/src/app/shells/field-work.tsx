// For whoever works on jobs, in whichever shell: what was done goes out whichever page is open, and the
// app opens without a network.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useMe } from '@/api/session';
import { installServiceWorker } from '@/pwa/install';
import { ownQueue } from '@/pwa/offline-queue';

export function FieldWork() {
  const me = useMe();
  const queries = useQueryClient();
  useEffect(installServiceWorker, []);
  useEffect(
    () =>
      ownQueue(me.id, () =>
        queries.invalidateQueries({ predicate: (query) => query.queryKey[0] === 'get' }),
      ),
    [me.id, queries],
  );
  return null;
}
