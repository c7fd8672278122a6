import { expect, it } from 'vitest';
import type { QueuedOp } from '@/pwa/offline-queue';
import { type Check, isLate, last, lines } from './presence';

const check = (id: string, kind: string, at: string) =>
  ({ id, kind, occurred_at: at, recorded_at: at }) as Check;
const waits = (kind: string, at: string, refusal: string | null = null) =>
  ({ op_id: `${kind}${at}`, body: { kind }, occurred_at: at, refusal }) as unknown as QueuedOp;

it('counts what waits on the phone, newest first, and nothing of jobs', () => {
  const known = [check('a', 'in', '2026-11-26T01:00:00Z')];
  const queue = [
    waits('accept', '2026-11-26T02:00:00Z'),
    waits('check_out', '2026-11-26T09:00:00Z'),
  ];
  const all = lines(known, queue);
  expect(all.map((line) => line.kind)).toEqual(['out', 'in']);
  expect(last(all)).toMatchObject({ kind: 'out', check: null });
});

it('does not count what was refused', () => {
  const known = [check('a', 'in', '2026-11-26T01:00:00Z')];
  const queue = [waits('check_out', '2026-11-26T09:00:00Z', 'ditolak')];
  expect(last(lines(known, queue))?.kind).toBe('in');
  expect(last([])).toBeNull();
});

it('says when a step came later than the phone says it was', () => {
  const at = '2026-11-26T01:00:00Z';
  expect(isLate({ occurred_at: at, recorded_at: '2026-11-26T01:04:00Z' })).toBe(false);
  expect(isLate({ occurred_at: at, recorded_at: '2026-11-26T03:00:00Z' })).toBe(true);
  expect(isLate({ occurred_at: at, recorded_at: '2026-11-25T03:00:00Z' })).toBe(true);
});
