// Who takes part: the demo's own people, each in a browser of their own.
import {
  test as base,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  expect,
  type Page,
} from '@playwright/test';

/** User name → password, as `sambung demo` prints them. */
export const PASSWORDS = {
  owner: 'Sambung-owner-2027',
  sales: 'Sambung-sales-2028',
  finance: 'Sambung-finance-2029',
  gudang: 'Sambung-gudang-2031',
  noc: 'Sambung-noc-2032',
  teknisi: 'Sambung-teknisi-2033',
  teknisi2: 'Sambung-teknisi2-2034',
  hrd: 'Sambung-hrd-2035',
  finance2: 'Sambung-finance2-2030',
  mitra: 'Sambung-mitra-2036',
} as const;

export type Person = keyof typeof PASSWORDS;

/** The technician of the demo's first branch, as the office sees them. */
export const TECHNICIAN = 'Joko Susanto';

/** A telephone in somebody's hand. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const said: string[] = [];

/** Every journey runs with this: what a page says in the browser's console as an error fails it. */
export const test = base.extend<{ quiet: void }>({
  quiet: [
    async ({ browserName }, use) => {
      said.length = 0;
      await use();
      expect(said.splice(0), `errors in the console of ${browserName}`).toEqual([]);
    },
    { auto: true },
  ],
});

/** What a story provokes: the status of an answer, or words of the browser's own complaint. */
export type Refusal = number | string;

/** Listens to every page that a person opens, whatever it writes as an error into the browser's console. */
export function watch(context: BrowserContext, person: string, refusals: Refusal[] = []) {
  const note = (page: Page | null, text: string) =>
    said.push(`${person} ${page?.url() ?? ''}: ${text}`);
  context.on('weberror', (error) => note(error.page(), error.error().message));
  context.on('console', (line) => {
    const text = line.text();
    // Asking a stranger who they are is answered with 401; a phone without a signal reaches nobody.
    const expected = /401|ERR_INTERNET_DISCONNECTED/.test(text);
    const asked = refusals.some((one) =>
      text.includes(typeof one === 'number' ? `status of ${one}` : one),
    );
    if (asked) return;
    if (line.type() === 'error' && !expected) note(line.page(), text);
  });
}

/** Opens a browser for a person and logs in by the form; `refusals` are answers that the story provokes. */
export async function logIn(
  browser: Browser,
  person: Person,
  place?: { lat: number; lon: number },
  refusals: Refusal[] = [],
  more: BrowserContextOptions = {},
): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    ...(['teknisi', 'teknisi2', 'mitra'].includes(person)
      ? PHONE
      : { viewport: { width: 1280, height: 900 } }),
    ...(place && {
      geolocation: { latitude: place.lat, longitude: place.lon, accuracy: 6 },
      permissions: ['geolocation'],
    }),
    ...more,
  });
  watch(context, person, refusals);
  const page = await context.newPage();
  await page.goto('/login');
  await page.getByRole('textbox', { name: 'Nama pengguna' }).fill(person);
  await typePassword(page, person);
  await expect(page).not.toHaveURL(/\/login/);
  return page;
}

/** The password, and in. */
export async function typePassword(page: Page, person: Person): Promise<void> {
  await page.getByRole('textbox', { name: 'Kata sandi' }).fill(PASSWORDS[person]);
  await page.getByRole('button', { name: 'Masuk', exact: true }).click();
}

/** A customer's browser: its requests come from the address of their line. */
export async function customerAt(browser: Browser, address: string): Promise<Page> {
  const context = await browser.newContext({
    ...PHONE,
    extraHTTPHeaders: { 'X-Forwarded-For': address },
  });
  watch(context, 'customer');
  return context.newPage();
}

/** Somebody with a phone who has not logged in; their typing errors are answered with 401. */
export async function stranger(browser: Browser): Promise<Page> {
  const context = await browser.newContext(PHONE);
  watch(context, 'customer', [401]);
  return context.newPage();
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
