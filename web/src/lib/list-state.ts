// What a list shows lives in the address: search, filters, place. Reload, back and a shared link
// give the same rows.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

export type ListState = {
  q: string;
  after: string;
  filters: Record<string, string>;
  /** Changes search or filters; always returns to the first rows. */
  set: (change: Record<string, string | null>) => void;
  /** Goes to the rows after a place; the browser's back goes back. */
  go: (after: string | null) => void;
};

/** Keeps only texts, so that a hand-made address cannot break a page. */
export function listSearch(raw: Record<string, unknown>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (typeof value === 'string' && value !== '') kept[key] = value;
    if (typeof value === 'number' || typeof value === 'boolean') kept[key] = String(value);
  }
  return kept;
}

/** The list state of the page shown. */
export function useListState(): ListState {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();

  const set = useCallback(
    (change: Record<string, string | null>) => {
      void navigate({
        to: '.',
        replace: true,
        search: (old: Record<string, unknown>) => merge({ ...old, after: undefined }, change),
      } as never);
    },
    [navigate],
  );
  const go = useCallback(
    (after: string | null) => {
      void navigate({
        to: '.',
        search: (old: Record<string, unknown>) => merge(old, { after }),
      } as never);
    },
    [navigate],
  );

  return useMemo(() => {
    const { q = '', after = '', ...rest } = search;
    const filters = Object.fromEntries(
      Object.entries(rest).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    );
    return { q, after, filters, set, go };
  }, [search, set, go]);
}

function merge(old: Record<string, unknown>, change: Record<string, string | null>) {
  const next: Record<string, unknown> = { ...old };
  for (const [key, value] of Object.entries(change))
    next[key] = value === '' ? undefined : (value ?? undefined);
  return next;
}

/** What the server is asked for: empty values are left out. */
export function listQuery(state: ListState, limit = 50) {
  return {
    ...state.filters,
    ...(state.q ? { q: state.q } : {}),
    ...(state.after ? { after: state.after } : {}),
    limit,
  };
}
