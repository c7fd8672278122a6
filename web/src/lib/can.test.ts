import { expect, it } from 'vitest';
import { holdsAny, verdict } from './can';

const me = { permissions: ['lead_read', 'lead_verify'] };

it('asks nothing when no permission is named', () => {
  expect(holdsAny(me, [])).toBe(true);
  expect(holdsAny(me, ['stock_read'])).toBe(false);
  expect(holdsAny(me, ['stock_read', 'lead_read'])).toBe(true);
});

it('gives the permission’s reason before the record’s', () => {
  const record = { can: { verify: { allowed: false, reason: 'Sudah diverifikasi' } } };
  expect(verdict(me, 'stock_write', 'tidak berhak', record, 'verify')).toEqual({
    allowed: false,
    reason: 'tidak berhak',
  });
  expect(verdict(me, 'lead_verify', 'tidak berhak', record, 'verify')).toEqual({
    allowed: false,
    reason: 'Sudah diverifikasi',
  });
});

it('allows what the API says nothing against', () => {
  expect(verdict(me, 'lead_verify', 'x', { can: {} }, 'verify')).toEqual({ allowed: true });
  expect(verdict(me, 'lead_verify', 'x')).toEqual({ allowed: true });
});
