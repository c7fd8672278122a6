import { expect, it } from 'vitest';
import * as en from './en';
import * as id from './id';

const holes = (text: string) => (text.match(/{{\w+}}/g) ?? []).sort();

it('every text has the same holes in both languages', () => {
  for (const [room, texts] of Object.entries(id)) {
    const other = en[room as keyof typeof en] as Record<string, string>;
    expect(Object.keys(other).sort(), room).toEqual(Object.keys(texts).sort());
    for (const [key, text] of Object.entries(texts)) {
      expect(holes(other[key] ?? ''), `${room}:${key}`).toEqual(holes(text));
      expect(other[key]?.trim(), `${room}:${key}`).toBeTruthy();
    }
  }
});

it('every page asks for the words that it speaks', () => {
  const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!./**'], {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const everywhere = ['common', 'identity', 'problem', 'state'];
  let found = 0;
  for (const [file, text] of Object.entries(sources)) {
    const spoken = [...text.matchAll(/\bt\(\s*[`'"]([a-z]+):/g)].map((hit) => hit[1] ?? '');
    const asked = [...text.matchAll(/useTranslation\(([^)]*)\)/g)].flatMap((hit) =>
      [...(hit[1] ?? '').matchAll(/'([a-z]+)'/g)].map((room) => room[1] ?? ''),
    );
    found += spoken.length;
    expect([...everywhere, ...asked], file).toEqual(expect.arrayContaining(spoken));
  }
  expect(found).toBeGreaterThan(100);
});
