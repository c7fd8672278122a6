// What a technician must be able to read without a network lies on the phone: who is logged in, the jobs
// of two days, the bag. It belongs to one person and goes when their session does.
import { useQuery } from '@tanstack/react-query';
import { client, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { type Me, useMe } from '@/api/session';
import { clear, get, put } from './store';

type Kept<T> = { user: string; at: string; value: T };

/** What the server said now, or what it said last. */
export type Copy<T> = Kept<T> & { fresh: boolean };

/** Jobs are of today and tomorrow: what is older says nothing any more. */
export const KEPT_MS = 48 * 3600_000;

/** Whether a copy on the device may be shown to this person now. */
export function isUsable(kept: Kept<unknown>, user: string, now: Date): boolean {
  const age = now.getTime() - Date.parse(kept.at);
  return kept.user === user && age <= KEPT_MS;
}

/** The server's answer, kept for later; without a network the one that was kept. */
async function freshOrKept<T>(name: string, user: string, ask: () => Promise<T>): Promise<Copy<T>> {
  try {
    // from when it was asked on: what the server learns meanwhile may not be in it
    const at = new Date().toISOString();
    const kept: Kept<T> = { user, at, value: await ask() };
    // Shown at once; the device keeps it meanwhile.
    void put('kept', kept, name).catch(() => undefined);
    return { ...kept, fresh: true };
  } catch (error) {
    const problem = Problem.from(error);
    if (problem.status === 401) await dropCopies();
    if (!problem.passes) throw problem;
    const kept = await get<Kept<T>>('kept', name).catch(() => undefined);
    if (!kept || !isUsable(kept, user, new Date())) throw problem;
    return { ...kept, fresh: false };
  }
}

/** Nothing of a person's work stays on the device; what waits to be sent does. */
export async function dropCopies(): Promise<void> {
  await clear('kept').catch(() => undefined);
}

/** Remembers who is logged in; another person's copies go first. */
export async function keepMe(me: Me): Promise<void> {
  const before = await get<Kept<Me>>('kept', 'me').catch(() => undefined);
  if (before && before.user !== me.id) await dropCopies();
  const kept: Kept<Me> = { user: me.id, at: new Date().toISOString(), value: me };
  await put('kept', kept, 'me').catch(() => undefined);
}

/** Who was logged in last on this device, while their copies count. */
export async function keptMe(): Promise<Me | null> {
  const kept = await get<Kept<Me>>('kept', 'me').catch(() => undefined);
  return kept && isUsable(kept, kept.user, new Date()) ? kept.value : null;
}

type Ask<T> = (signal: AbortSignal) => Promise<{ data?: T }>;

/** Asked also without a network: then the copy answers. */
function useCopy<T>(name: string, ask: Ask<T>, every: number) {
  const me = useMe();
  return useQuery({
    queryKey: ['get', 'device', name, me.id],
    queryFn: ({ signal }) =>
      freshOrKept(name, me.id, async () => {
        const { data } = await ask(signal);
        if (data === undefined) throw new Problem(0, 'unexpected', '');
        return data;
      }),
    networkMode: 'always',
    retry: false,
    refetchInterval: every,
  });
}

/** One's own jobs of today and tomorrow, and what the bag holds to check a scan against. */
export function useJobs() {
  return useCopy<Schemas['Jobs']>(
    'jobs',
    (signal) => client.GET('/api/v1/jobs', { signal }),
    20_000,
  );
}

/** One's own coming and going. */
export function useOwnAttendance() {
  return useCopy<Schemas['Listing_AttendanceCheck']>(
    'attendance',
    (signal) => client.GET('/api/v1/me/attendance', { signal }),
    60_000,
  );
}

/** One's own bag. */
export function useBag() {
  return useCopy<Schemas['BagView']>(
    'bag',
    (signal) => client.GET('/api/v1/bag', { signal }),
    60_000,
  );
}
