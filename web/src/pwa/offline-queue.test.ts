import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, it, vi } from 'vitest';
import { ownQueue, type QueuedOp, type SentOp, stepsSince, useSteps } from './offline-queue';
import * as store from './store';

vi.mock('./store');

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

it('knows nothing of what waits until the device was read, and nothing of it once the person has gone', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  let read: (ops: unknown[]) => void = () => undefined;
  vi.mocked(store.all).mockImplementation((name) =>
    name === 'ops'
      ? new Promise<never[]>((done) => {
          read = done as typeof read;
        })
      : Promise.resolve([]),
  );
  vi.mocked(store.get).mockResolvedValue(undefined);
  const Steps = () => useSteps({ at: '2026-11-27T00:00:00Z' })?.map((op) => op.op_id) ?? 'unknown';
  const page = document.createElement('div');
  createRoot(page).render(createElement(Steps));
  const leave = ownQueue('budi', () => Promise.resolve());
  expect(page.textContent).toBe('unknown');
  read([
    { ...op(2), user: 'budi' },
    { ...op(1), user: 'siti' },
  ]);
  await vi.waitFor(() => expect(page.textContent).toBe('o2'));
  leave();
  await vi.waitFor(() => expect(page.textContent).toBe('unknown'));
});
