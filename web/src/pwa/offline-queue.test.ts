import { expect, it } from 'vitest';
import { type QueuedOp, type SentOp, stepsSince } from './offline-queue';

const op = (seq: number) => ({ op_id: `o${seq}`, seq }) as QueuedOp;
const sent = (seq: number, settled_at: string) => ({ ...op(seq), settled_at }) as SentOp;

it('shows a sent step until what was read is newer', () => {
  const held = {
    ops: [op(3)],
    sent: [sent(1, '2026-11-27T01:00:00Z'), sent(2, '2026-11-27T02:00:00Z')],
  };
  const seen = (at: string | undefined) => stepsSince(held, at).map((one) => one.seq);
  expect(seen('2026-11-27T00:30:00Z')).toEqual([1, 2, 3]);
  expect(seen('2026-11-27T01:30:00Z')).toEqual([2, 3]);
  expect(seen('2026-11-27T02:30:00Z')).toEqual([3]);
  expect(seen(undefined)).toEqual([3]);
});

it('counts a step once while it is known as sent and has not left the queue', () => {
  const held = { ops: [op(1)], sent: [sent(1, '2026-11-27T01:00:00Z')] };
  expect(stepsSince(held, '2026-11-27T00:00:00Z')).toHaveLength(1);
});
