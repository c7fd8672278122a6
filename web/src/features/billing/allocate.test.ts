import { expect, it } from 'vitest';
import { allocate, handOver } from './allocate';

const open = [
  { invoice_id: 'a', number: 'A', subscription_id: 's1', due_on: '2026-10-20', to_pay: 100 },
  { invoice_id: 'b', number: 'B', subscription_id: 's2', due_on: '2026-11-20', to_pay: 200 },
  { invoice_id: 'c', number: 'C', subscription_id: 's2', due_on: '2026-12-20', to_pay: 300 },
];

it('settles the named invoice first, then its subscription, then the others', () => {
  expect(allocate(open, 550, 'c').parts.map((part) => [part.number, part.amount])).toEqual([
    ['C', 300],
    ['B', 200],
    ['A', 50],
  ]);
});

it('settles the oldest first when none is named, and keeps the rest as credit', () => {
  const { parts, credit } = allocate(open, 650, null);
  expect(parts.map((part) => part.number)).toEqual(['A', 'B', 'C']);
  expect(credit).toBe(50);
});

it('tells what stays open of an invoice that is paid in part', () => {
  expect(allocate(open, 120, 'b').parts).toEqual([
    { invoice_id: 'b', number: 'B', amount: 120, left: 80 },
  ]);
});

it('gives cash above what is owed back, unless the customer leaves it', () => {
  expect(handOver(300_000, 277_500, true, false)).toEqual({ booked: 277_500, change: 22_500 });
  expect(handOver(300_000, 277_500, true, true)).toEqual({ booked: 300_000, change: 0 });
  expect(handOver(300_000, 277_500, false, false)).toEqual({ booked: 300_000, change: 0 });
  expect(handOver(100_000, 277_500, true, false)).toEqual({ booked: 100_000, change: 0 });
});
