import { expect, it } from 'vitest';
import { path } from '@/lib/path';
import { SECTIONS } from './nav';
import { CARDS, QUICK } from './home-cards';
import { router } from './router';

const found = (address: string) =>
  router.getMatchedRoutes(address.split('?')[0] ?? '')[2] !== undefined;

const SAMPLE = '0190a5c2-7f3e-7cc1-9d0e-6f2b5a4c3d21';
const addresses = Object.entries(path).map(([name, build]) => [
  name,
  (build as (id: string) => string)(SAMPLE),
]);

it.each(addresses)('%s leads to a page', (_name, address) => {
  expect(found(address ?? ''), address).toBe(true);
});

it('rail, cards and quick actions lead to pages', () => {
  for (const { to } of [...SECTIONS, ...CARDS, ...QUICK]) expect(found(to), to).toBe(true);
});

it('knows when there is no page', () => {
  expect(found('/nowhere')).toBe(false);
});

it('keeps what was typed into an address as text', () => {
  const search = router.options.parseSearch?.('?q=0812&state=new');
  expect(search).toEqual({ q: '0812', state: 'new' });
  expect(router.options.stringifySearch?.({ q: '0812', after: undefined, state: '' })).toBe(
    '?q=0812',
  );
});
