import { describe, expect, it } from 'vitest';
import { batches, together } from './batches';

describe('many records', () => {
  it('are cut into parts, each with its own key, none left out', () => {
    let n = 0;
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const parts = batches(ids, 2, () => `key-${++n}`);
    expect(parts.map((part) => part.ids)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(new Set(parts.map((part) => part.key)).size).toBe(3);
    expect(batches([], 2, () => 'never')).toEqual([]);
  });

  it('answer together: counts and sums add up, lines follow each other', () => {
    const done = together([
      { count: 1, sum: 277_500, lines: [{ id: 'a', ok: true }] },
      { count: 0, sum: null, lines: [{ id: 'b', ok: false, detail: 'Sudah lunas' }] },
      { count: 1, sum: 150_000, lines: [{ id: 'c', ok: true }] },
    ]);
    expect(done.count).toBe(2);
    expect(done.sum).toBe(427_500);
    expect(done.lines.map((line) => line.id)).toEqual(['a', 'b', 'c']);
  });

  it('have no sum where it is not about money', () => {
    expect(together([{ count: 3, sum: null, lines: [] }]).sum).toBeNull();
    expect(together([]).sum).toBeNull();
  });
});
