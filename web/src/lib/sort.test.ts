import { describe, expect, it } from 'vitest';
import { sortedBy, sortNext } from './sort';

describe('sorting a list', () => {
  it('begins with the way in which people look first', () => {
    expect(sortNext({}, 'due')).toEqual({ sort: 'due', dir: 'asc' });
    expect(sortNext({ sort: 'due', dir: 'asc' }, '-total')).toEqual({ sort: 'total', dir: 'desc' });
  });

  it('turns round, then leaves the order to the list', () => {
    expect(sortNext({ sort: 'total', dir: 'desc' }, '-total')).toEqual({
      sort: 'total',
      dir: 'asc',
    });
    expect(sortNext({ sort: 'total', dir: 'asc' }, '-total')).toEqual({ sort: null, dir: null });
  });

  it('reads an address without a way, or with an absurd one, as the first way', () => {
    expect(sortedBy({ sort: 'total' }, '-total')).toBe('desc');
    expect(sortedBy({ sort: 'due', dir: 'sideways' }, 'due')).toBe('asc');
    expect(sortedBy({ sort: 'due', dir: 'asc' }, 'total')).toBeNull();
  });
});
