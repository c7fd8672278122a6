import { expect, it } from 'vitest';
import * as eager_en from './en';
import { figures as figures_en } from './en/figures';
import { portal as portal_en } from './en/portal';
import { purchase as purchase_en } from './en/purchase';
import * as eager_id from './id';
import { figures as figures_id } from './id/figures';
import { portal as portal_id } from './id/portal';
import { purchase as purchase_id } from './id/purchase';

const id = { ...eager_id, figures: figures_id, portal: portal_id, purchase: purchase_id };
const en = { ...eager_en, figures: figures_en, portal: portal_en, purchase: purchase_en };

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
