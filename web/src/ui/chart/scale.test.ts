import { describe, expect, it } from 'vitest';
import { roundTop, runningSum, shortNumber, ticks } from './scale';

describe('a chart', () => {
  it('ends at a round number that no value passes', () => {
    for (const [most, top] of [
      [0, 1],
      [1, 1],
      [7, 10],
      [21, 25],
      [100, 100],
      [101, 200],
      [3_300_000, 5_000_000],
    ] as const) {
      expect(roundTop(most)).toBe(top);
    }
    for (let most = 1; most < 5_000; most += 7) expect(roundTop(most)).toBeGreaterThanOrEqual(most);
  });

  it('names no half that is not whole', () => {
    expect(ticks(10)).toEqual([0, 5, 10]);
    expect(ticks(25)).toEqual([0, 25]);
    expect(ticks(1)).toEqual([0, 1]);
  });

  it('sums up to each day and stops where the days are not known yet', () => {
    expect(runningSum([5, 0, 7, null, null])).toEqual([5, 5, 12, null, null]);
    expect(runningSum([])).toEqual([]);
  });

  it('says large numbers shortly, as each language does', () => {
    expect(shortNumber(1_250_000, 'id')).toBe('1,3 jt');
    expect(shortNumber(1_250_000, 'en')).toBe('1.3m');
    expect(shortNumber(42_000_000, 'id')).toBe('42 jt');
    expect(shortNumber(2_000_000_000, 'id')).toBe('2 M');
    expect(shortNumber(950, 'id')).toBe('950');
  });
});
