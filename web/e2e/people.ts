// Who takes part: the demo's own people, each in a browser of their own.
import { type Browser, type BrowserContext, expect, type Page, test } from '@playwright/test';

/** User name → password, as `sambung demo` prints them. */
const PASSWORDS = {
  sales: 'Sambung-sales-2028',
  finance: 'Sambung-finance-2029',
  gudang: 'Sambung-gudang-2031',
  noc: 'Sambung-noc-2032',
  teknisi: 'Sambung-teknisi-2033',
  finance2: 'Sambung-finance2-2030',
  mitra: 'Sambung-mitra-2036',
} as const;

export type Person = keyof typeof PASSWORDS;

/** The technician of the demo's first branch, as the office sees them. */
export const TECHNICIAN = 'Joko Susanto';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const said: string[] = [];

/** Whatever a page writes as an error into the browser's console fails the journey. */
function watch(page: Page, person: string, refusals: number[]) {
  const note = (text: string) => said.push(`${person} ${page.url()}: ${text}`);
  page.on('pageerror', (error) => note(error.message));
  page.on('console', (line) => {
    const text = line.text();
    // Asking a stranger who they are is answered with 401; a phone without a signal reaches nobody.
    const expected = /401|ERR_INTERNET_DISCONNECTED/.test(text);
    const asked = refusals.some((status) => text.includes(`status of ${status}`));
    if (asked) return;
    if (line.type() === 'error' && !expected) note(text);
  });
}

test.afterEach(() => {
  expect(said.splice(0), 'errors in the console').toEqual([]);
});

/** Opens a browser for a person and logs in by the form; `refusals` are answers that the story provokes. */
export async function logIn(
  browser: Browser,
  person: Person,
  place?: { lat: number; lon: number },
  refusals: number[] = [],
): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    ...(person === 'teknisi' || person === 'mitra'
      ? PHONE
      : { viewport: { width: 1280, height: 900 } }),
    ...(place && {
      geolocation: { latitude: place.lat, longitude: place.lon, accuracy: 6 },
      permissions: ['geolocation'],
    }),
  });
  const page = await context.newPage();
  watch(page, person, refusals);
  await page.goto('/login');
  await page.getByRole('textbox', { name: 'Nama pengguna' }).fill(person);
  await page.getByRole('textbox', { name: 'Kata sandi' }).fill(PASSWORDS[person]);
  await page.getByRole('button', { name: 'Masuk' }).click();
  await expect(page).not.toHaveURL(/\/login/);
  return page;
}

/** A customer's browser: its requests come from the address of their line. */
export async function customerAt(browser: Browser, address: string): Promise<Page> {
  const context = await browser.newContext({
    ...PHONE,
    extraHTTPHeaders: { 'X-Forwarded-For': address },
  });
  return context.newPage();
}

/** Somebody with a phone who has not logged in; their typing errors are answered with 401. */
export async function stranger(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext(PHONE)).newPage();
  watch(page, 'customer', [401]);
  return page;
}

/** A wedge scanner: types the code fast and presses Enter. */
export async function scan(page: Page, label: string, code: string): Promise<void> {
  await page.getByRole('textbox', { name: label }).click();
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
}

/** Chooses in a list that opens below its field. */
export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await page
    .getByRole('combobox', { name: label })
    .or(page.getByRole('textbox', { name: label }))
    .first()
    .click();
  await page.getByRole('option', { name: option }).first().click();
}
