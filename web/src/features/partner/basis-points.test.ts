import { expect, it } from 'vitest';
import { toBasisPoints } from './basis-points';

it.each([
  ['10', 1_000],
  ['12,5', 1_250],
  ['12.25 %', 1_225],
  ['100', 10_000],
  ['0', 0],
  ['100,01', null],
  ['-1', null],
  ['sepuluh', null],
  ['', null],
])('%s is %s basis points', (text, points) => {
  expect(toBasisPoints(text)).toBe(points);
});
