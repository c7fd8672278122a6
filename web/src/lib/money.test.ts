import { describe, expect, it } from 'vitest';
import { formatMoney, groupDigits, parseMoney } from './money';

describe('money', () => {
  it('is written with dots and a no-break space', () => {
    expect(formatMoney(277500)).toBe('Rp\u00a0277.500');
    expect(formatMoney(0)).toBe('Rp\u00a00');
    expect(formatMoney(-10000)).toBe('-Rp\u00a010.000');
    expect(groupDigits(1234567890)).toBe('1.234.567.890');
    expect(groupDigits(999)).toBe('999');
  });

  it.each([
    ['150000', 150000],
    ['150.000', 150000],
    ['150,000', 150000],
    ['Rp150.000', 150000],
    ['Rp 1.150.000', 1150000],
    ['rp. 150.000,00', 150000],
    ['Rp 150.000,-', 150000],
    ['0', 0],
    ['-10.000', -10000],
  ])('reads %s', (text, amount) => expect(parseMoney(text)).toBe(amount));

  it.each(['', 'abc', '12abc', '1.50', '15.00.000', '1e5', '99999999999999999999'])(
    'refuses %s',
    (text) => expect(parseMoney(text)).toBeNull(),
  );

  it('reads back what it wrote', () => {
    for (const amount of [1, 12, 999, 1000, 277500, 1_000_000, -45_000]) {
      expect(parseMoney(formatMoney(amount))).toBe(amount);
    }
  });
});
