// The six pictures of the README, taken from a running demo into docs/pictures (packed with pngquant, which has to be
// there). SAMBUNG_URL and SAMBUNG_DEMO_LOG say where the demo is.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import playwright from '@playwright/test';
import { addressOf, BROWSER, enter, loginsOf, press, SCREENS, settle } from './screens.mjs';

const url = process.env.SAMBUNG_URL ?? 'http://127.0.0.1:8080';
const folder = process.env.PICTURES ?? fileURLToPath(new URL('../docs/pictures', import.meta.url));
const logins = loginsOf(readFileSync(process.env.SAMBUNG_DEMO_LOG, 'utf8'));
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const LARGEST = 150_000;

/** Name → who, how large, which screen, and what is done before the picture. */
const PICTURES = {
  home: ['owner', WIDE, SCREENS.owner.home],
  customer: ['sales', WIDE, SCREENS.sales['customer-why']],
  run: ['finance', WIDE, SCREENS.finance.runs, simulate],
  coverage: ['noc', WIDE, SCREENS.noc.coverage, street],
  field: ['teknisi', PHONE, SCREENS.teknisi.jobs],
  pay: ['pelanggan', PHONE, SCREENS.pelanggan.me],
};

/** The billing run of the first of next month, before anything is issued. */
async function simulate(page) {
  const next = new Date();
  next.setDate(1);
  next.setMonth(next.getMonth() + 1);
  const day = page.getByRole('textbox', { name: 'Tanggal terbit' });
  await day.fill(`1/${next.getMonth() + 1}/${next.getFullYear()}`);
  await day.press('Tab');
  await page.getByRole('button', { name: 'Simulasi' }).click();
  await page
    .getByRole('button', { name: /^Terbitkan/ })
    .first()
    .waitFor();
  await settle(page);
}

/** A street that is served, with the answer. */
async function street(page, api) {
  const [odp] = (await api('/api/v1/odps?limit=200')).items.filter((one) => one.free_ports > 0);
  await page.goto(`/coverage?lat=${odp.lat + 0.0003}&lon=${odp.lon + 0.0004}`);
  await settle(page);
  await page.waitForTimeout(3000);
}

const browser = await playwright.chromium.launch(BROWSER);
for (const [name, [person, viewport, screen, act]] of Object.entries(PICTURES)) {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'id-ID',
    timezoneId: 'Asia/Jakarta',
    viewport,
    deviceScaleFactor: viewport === PHONE ? 2 : 1,
  });
  await enter(playwright, context, url, person, logins);
  const api = async (path) => (await context.request.get(path)).json();
  const page = await context.newPage();
  await page.goto(await addressOf(screen, api), { waitUntil: 'load' });
  await settle(page);
  if (typeof screen !== 'string') await press(page, screen);
  await page.waitForTimeout(name === 'coverage' ? 2500 : 500);
  await act?.(page, api);
  const file = join(folder, `${name}.png`);
  await page.screenshot({ path: file });
  await context.close();
  execFileSync('pngquant', ['--force', '--strip', '--speed', '1', '--output', file, '128', file]);
  const { size } = statSync(file);
  console.log(`${name}.png ${Math.round(size / 1000)} kB`);
  if (size > LARGEST) process.exitCode = 1;
}
await browser.close();
