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
