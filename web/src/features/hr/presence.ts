// Whether somebody is at work, from what the server knows and what still waits on the phone.
import type { Schemas } from '@/api/client';
import type { QueuedOp } from '@/pwa/offline-queue';

export type Check = Schemas['AttendanceCheck'];

/** A coming or going that the server knows, or that waits here. */
export type Line = {
  key: string;
  kind: 'in' | 'out';
  at: string;
  /** Null while it waits on the phone: the server judges the place. */
  check: Check | null;
  refusal: string | null;
};

const KINDS: Record<string, Line['kind']> = { check_in: 'in', check_out: 'out' };

/** Newest first: what waits stands before what has arrived. */
export function lines(known: readonly Check[], queue: readonly QueuedOp[]): Line[] {
  const waiting = queue.flatMap((op): Line[] => {
    const kind = KINDS[String(op.body.kind)];
    if (!kind) return [];
    return [{ key: op.op_id, kind, at: op.occurred_at, check: null, refusal: op.refusal }];
  });
  const arrived = known.map((check): Line => ({
    key: check.id,
    kind: check.kind === 'out' ? 'out' : 'in',
    at: check.occurred_at,
    check,
    refusal: null,
  }));
  return [...waiting, ...arrived].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** The last thing that was not refused: came, went, or nothing yet. */
export function last(all: readonly Line[]): Line | null {
  return all.find((line) => line.refusal == null) ?? null;
}

/** A phone's clock may differ this much before it is said. */
const CLOCK_MS = 5 * 60_000;

/** Whether the server learned of it much later (or earlier) than the phone says it was. */
export function isLate(check: Pick<Check, 'occurred_at' | 'recorded_at'>): boolean {
  return Math.abs(Date.parse(check.recorded_at) - Date.parse(check.occurred_at)) > CLOCK_MS;
}
