import { expect, it } from 'vitest';
import { formatDbm, parseDbm, signalVerdict } from './dbm';

it('reads what a meter shows, with comma or point, with or without the minus', () => {
  expect(parseDbm('-19,4')).toBe(-19.4);
  expect(parseDbm(' −19.42 dBm')).toBe(-19.42);
  expect(parseDbm('19,4')).toBe(-19.4);
  expect(parseDbm('+3')).toBe(3);
  expect(parseDbm('0')).toBe(0);
});

it('refuses what no receiver reads', () => {
  for (const text of ['', 'abc', '-', '51', '-50,01', '+11', '-19,425', '1e3', '19,']) {
    expect(parseDbm(text), text).toBeNull();
  }
});

it('warns outside of what a home’s device works well with', () => {
  expect([-27, -19.4, -8].map(signalVerdict)).toEqual(['good', 'good', 'good']);
  expect(signalVerdict(-27.01)).toBe('weak');
  expect(signalVerdict(-7.99)).toBe('strong');
  expect(formatDbm(-19.4)).toBe('-19,4 dBm');
});
