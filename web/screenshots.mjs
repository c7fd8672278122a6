// Pictures of every screen of a running demo into $SCREENSHOTS: 1440 and 390 pixels wide, light; with LOOKS=all also
// dark and in English. Fails when a page says something in the browser's console, or a screen can't be shown.
// SAMBUNG_URL and SAMBUNG_DEMO_LOG say where the demo is; an argument names the only person to picture.
import { readFileSync } from 'node:fs';
import playwright from '@playwright/test';
import {
  addressOf,
  BROWSER,
  enter,
  loginsOf,
  prepare,
  press,
  SCREENS,
  settle,
} from './screens.mjs';

const url = process.env.SAMBUNG_URL ?? 'http://127.0.0.1:8080';
const folder = process.env.SCREENSHOTS ?? '../screenshots';
const only = process.argv.slice(2);
const logins = loginsOf(readFileSync(process.env.SAMBUNG_DEMO_LOG, 'utf8'));

const PHONE = { width: 390, height: 844 };
const LOOKS = [
  { name: '1440', viewport: { width: 1440, height: 900 } },
  { name: '390', viewport: PHONE },
  { name: '1440-dark', viewport: { width: 1440, height: 900 }, dark: true },
  { name: '390-dark', viewport: PHONE, dark: true },
  { name: '1440-en', viewport: { width: 1440, height: 900 }, english: true },
  { name: '390-en', viewport: PHONE, english: true },
];
/** A map draws itself in its own time. */
const MAP_MS = 2500;

const looks = process.env.LOOKS === 'all' ? LOOKS : LOOKS.slice(0, 2);
const browser = await playwright.chromium.launch(BROWSER);
let said = 0;

async function picture(page, person, name, screen, look, api) {
  const target = await addressOf(screen, api);
  if (target === null) throw new Error('the demo has nothing to show here');
  await page.goto(target, { waitUntil: 'load' });
  await settle(page);
  // what is pressed has its name in Bahasa Indonesia
  if (!look.english) await press(page, screen);
  await page.waitForTimeout(name === 'coverage' ? MAP_MS : 300);
  const path = `${folder}/${person}-${name}-${look.name}.png`;
  const isLong = look.viewport === PHONE && !screen.press;
  await page.screenshot({ path, fullPage: isLong });
}

async function pictures(person, look) {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'id-ID',
    timezoneId: 'Asia/Jakarta',
    viewport: look.viewport,
    isMobile: look.viewport === PHONE,
    colorScheme: look.dark ? 'dark' : 'light',
  });
  if (look.english) {
    await context.addInitScript(() => localStorage.setItem('sambung.lang', 'en'));
  }
  await enter(playwright, context, url, person, logins);
  const api = async (path) => (await context.request.get(path)).json();
  const page = await context.newPage();
  let where = '';
  const complain = (text) => {
    // Asking who is logged in is answered with 401 to a stranger.
    if (person === 'nobody' && text.includes('401')) return;
    said += 1;
    console.error(`${person} ${where} ${look.name}: ${text}`);
  };
  page.on('console', (line) => line.type() === 'error' && complain(line.text()));
  page.on('pageerror', (error) => complain(error.message));
  for (const [name, screen] of Object.entries(SCREENS[person])) {
    where = name;
    try {
      await picture(page, person, name, screen, look, api);
    } catch (error) {
      complain(error.message);
    }
  }
  await context.close();
}

await prepare(playwright, url, logins);
for (const person of Object.keys(SCREENS)) {
  if (only.length > 0 && !only.includes(person)) continue;
  for (const look of looks) await pictures(person, look);
}
await browser.close();
process.exit(said ? 1 : 0);
