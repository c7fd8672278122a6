import { useCallback, useState } from 'react';

/**
 * What is typed into a form stays on this device until it is sent: a reload or a lost session loses
 * nothing. Only texts that a person typed belong in it; never passwords.
 */
export function useDraft<V extends Record<string, string>>(name: string, blank: V) {
  const key = `sambung.draft.${name}`;
  const [values] = useState<V>(() => ({ ...blank, ...read(key, blank) }));
  const keep = useCallback((now: V) => sessionStorage.setItem(key, JSON.stringify(now)), [key]);
  const forget = useCallback(() => sessionStorage.removeItem(key), [key]);
  return { values, keep, forget };
}

function read(key: string, blank: Record<string, string>): Record<string, string> {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    return Object.fromEntries(
      Object.entries(stored).filter(([name, value]) => name in blank && typeof value === 'string'),
    ) as Record<string, string>;
  } catch {
    return {};
  }
}
