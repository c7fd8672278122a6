// Everybody can use it: axe looks at every screen of every person, wide and on a phone, by day and by night.
// What it calls serious or critical (names, roles, labels, contrast) fails.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page, request } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';
import { addressOf, enter, prepare, press, SCREENS, settle } from '../screens.mjs';
import { PASSWORDS, test, watch } from './people';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Names and roles do not change with the light: at night only the contrast is looked at. */
const DAY_WIDE = { name: 'wide', viewport: WIDE, scheme: 'light', all: true } as const;
const DAY_PHONE = { name: 'phone', viewport: PHONE, scheme: 'light', all: true } as const;
const NIGHT_WIDE = { name: 'wide, dark', viewport: WIDE, scheme: 'dark', all: false } as const;
const NIGHT_PHONE = { name: 'phone, dark', viewport: PHONE, scheme: 'dark', all: false } as const;
/** Whose work is on a phone also at night; the console's colours there are those of its wide look. */
const ON_PHONES = ['teknisi', 'mitra', 'pelanggan', 'nobody'];
const looksOf = (person: string) =>
  ON_PHONES.includes(person)
    ? [DAY_WIDE, NIGHT_PHONE, DAY_PHONE]
    : [DAY_WIDE, NIGHT_WIDE, DAY_PHONE];

declare global {
  interface Window {
    axe: { run: (context: Document, options: RunOptions) => Promise<AxeResults> };
  }
}

/** What is wrong on a page as it is now, in one line each. */
async function wrong(page: Page, all: boolean): Promise<string[]> {
  await page.evaluate(async () => {
    // the new light begins its transitions with the next frame
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  });
  return page.evaluate(async (everything) => {
    const { violations } = await window.axe.run(document, {
      resultTypes: ['violations'],
      runOnly: everything
        ? { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }
        : { type: 'rule', values: ['color-contrast'] },
    });
    return violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => {
        const [first] = one.nodes;
        const why = first?.any[0]?.message ?? first?.all[0]?.message ?? one.help;
        return `${one.id} × ${one.nodes.length}: ${String(first?.target)} — ${why}`;
      });
  }, all);
}

let prepared = false;

for (const [person, screens] of Object.entries(SCREENS)) {
  test(`${person} can read and reach everything`, async ({ browser, baseURL }) => {
    const url = baseURL ?? '';
    if (!prepared) await prepare({ request }, url, PASSWORDS);
    prepared = true;
    const context = await browser.newContext({ viewport: WIDE, colorScheme: 'light' });
    watch(context, person);
    await enter({ request }, context, url, person, PASSWORDS);
    const api = async (path: string) =>
      (await (await context.request.get(path)).json()) as { items?: Record<string, string>[] };
    const page = await context.newPage();
    const found: string[] = [];
    for (const [name, screen] of Object.entries(screens)) {
      const address = await addressOf(screen, api);
      expect(address, `${person} has something to open as ${name}`).not.toBeNull();
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(address ?? '');
      await settle(page);
      await press(page, screen);
      await page.evaluate(AXE);
      for (const look of looksOf(person)) {
        await page.setViewportSize(look.viewport);
        await page.emulateMedia({ colorScheme: look.scheme });
        const here = await wrong(page, look.all);
        found.push(...here.map((one) => `${name} (${look.name}): ${one}`));
      }
    }
    await context.close();
    expect(found).toEqual([]);
  });
}
