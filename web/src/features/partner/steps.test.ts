import { describe, expect, it } from 'vitest';
import { stepOf } from './steps';

describe('the way from registration to an active line', () => {
  it.each([
    ['new', undefined, 1],
    ['waitlisted', undefined, 1],
    ['verified', undefined, 2],
    ['converted', undefined, 3],
    ['converted', 'pending_install', 3],
    ['converted', 'ready', 4],
    ['converted', 'active', 5],
    ['converted', 'isolated', 5],
  ])('a lead that is %s with a line that is %s has done %i', (lead, line, done) => {
    expect(stepOf(lead, line)).toBe(done);
  });
});
