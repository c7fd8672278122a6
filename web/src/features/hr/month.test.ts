import { expect, test } from 'vitest';
import { monthAt } from './month';

test('months go over the turn of the year both ways', () => {
  expect(monthAt('2026-11-20', 0)).toBe('2026-11-01');
  expect(monthAt('2026-12-31', 1)).toBe('2027-01-01');
  expect(monthAt('2026-01-05', -1)).toBe('2025-12-01');
});
