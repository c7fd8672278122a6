// Whether the session ended while a page was open: what is typed there must not be lost.
import { useSyncExternalStore } from 'react';

let expired = false;
const listeners = new Set<() => void>();

export function setExpired(now: boolean): void {
  if (expired === now) return;
  expired = now;
  for (const tell of listeners) tell();
}

export function useExpired(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => expired,
  );
}
