import { expect, it } from 'vitest';
import type { QueuedOp } from '@/pwa/offline-queue';
import { type Job, jobNow, missing } from './job-steps';

const job = {
  id: 'j',
  kind: 'install',
  state: 'assigned',
  item: null,
  photos: [],
  gps: null,
} as unknown as Job;
const op = (kind: string, seq: number, refusal: string | null = null) =>
  ({ subject: 'j', body: { kind }, seq, refusal }) as unknown as QueuedOp;

it('counts what waits on the phone as done here', () => {
  const now = jobNow(job, [op('accept', 1), op('on_the_way', 2), op('scan', 3), op('photo', 4)]);
  expect(now).toEqual({ state: 'on_the_way', hasDevice: true, hasPhoto: true, hasGps: false });
  expect(missing(job, now)).toEqual([]);
});

it('does not count what was refused, nor another job’s steps', () => {
  const other = { ...op('accept', 2), subject: 'k' } as QueuedOp;
  const now = jobNow(job, [op('accept', 1, 'bukan tugas Anda'), other]);
  expect(now.state).toBe('assigned');
  expect(missing(job, now)).toEqual(['device', 'photo']);
});

it('asks no device of a dismantling', () => {
  const dismantle = { ...job, kind: 'dismantle' } as Job;
  expect(missing(dismantle, jobNow(dismantle, []))).toEqual([]);
});
