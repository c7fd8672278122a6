import { useRef } from 'react';

/**
 * One key for one thing that a person asks for: sent twice, it happens once. `done` makes the next
 * one another.
 */
export function useRequestKey() {
  const held = useRef<string | null>(null);
  return {
    key: () => (held.current ??= crypto.randomUUID()),
    done: () => {
      held.current = null;
    },
  };
}

/** The key as a keyed operation takes it. */
export function keyed(key: string) {
  return { headers: { 'Idempotency-Key': key } };
}
