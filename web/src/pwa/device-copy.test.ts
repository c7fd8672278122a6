import { expect, it } from 'vitest';
import { isUsable } from './device-copy';

const kept = { user: 'joko', at: '2026-11-26T01:00:00Z', value: null };

it('shows a copy only to whose it is', () => {
  const now = new Date('2026-11-26T09:00:00Z');
  expect(isUsable(kept, 'joko', now)).toBe(true);
  expect(isUsable(kept, 'agus', now)).toBe(false);
});

it('forgets jobs after two days', () => {
  expect(isUsable(kept, 'joko', new Date('2026-11-28T00:59:00Z'))).toBe(true);
  expect(isUsable(kept, 'joko', new Date('2026-11-28T01:01:00Z'))).toBe(false);
});
