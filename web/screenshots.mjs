// Pictures of every screen of a running demo into $SCREENSHOTS: 1440 and 390 pixels wide; with LOOKS=all also dark and in
// English. Fails when a page says something in the browser's console, or a screen can't be shown.
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

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** A map draws itself in its own time. */
const MAP_MS = 2500;
const REST_MS = 250;
const TALLEST = 4000;

/** A screen is opened once a language, and looked at in each of these ways. */
const LOOKS = [
  { name: '1440', viewport: WIDE },
  { name: '390', viewport: PHONE },
];
const MORE = [
  { name: '390-dark', viewport: PHONE, dark: true },
  { name: '1440-dark', viewport: WIDE, dark: true },
];
const every = process.env.LOOKS === 'all';
const LANGUAGES = every ? { id: [...LOOKS, ...MORE], en: LOOKS } : { id: LOOKS };

const browser = await playwright.chromium.launch(BROWSER);
let said = 0;

async function pictures(page, file, screen, looks, isMap) {
  for (const look of looks) {
    await page.setViewportSize(look.viewport);
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light' });
    await settle(page);
    await page.waitForTimeout(isMap ? MAP_MS : REST_MS);
    // as tall as the page: bars at the bottom stay there
    if (look.viewport === PHONE && !screen.press) {
      const tall = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({
        ...PHONE,
        height: Math.min(Math.max(tall, PHONE.height), TALLEST),
      });
    }
    await page.screenshot({ path: `${file}-${look.name}.png` });
  }
}

async function personPictures(person, language, looks) {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'id-ID',
    timezoneId: 'Asia/Jakarta',
    viewport: WIDE,
  });
  await context.addInitScript((lang) => localStorage.setItem('sambung.lang', lang), language);
  await enter(playwright, context, url, person, logins);
  const api = async (path) => (await context.request.get(path)).json();
  const page = await context.newPage();
  let where = '';
  const complain = (text) => {
    // Asking who is logged in is answered with 401 to a stranger.
    if (person === 'nobody' && text.includes('401')) return;
    said += 1;
    console.error(`${person} ${where} ${language}: ${text}`);
  };
  page.on('console', (line) => line.type() === 'error' && complain(line.text()));
  page.on('pageerror', (error) => complain(error.message));
  for (const [name, screen] of Object.entries(SCREENS[person])) {
    // what is pressed has its name in Bahasa Indonesia
    if (screen.press && language !== 'id') continue;
    where = name;
    try {
      const target = await addressOf(screen, api);
      if (target === null) throw new Error('the demo has nothing to show here');
      await page.setViewportSize(WIDE);
      await page.goto(target, { waitUntil: 'load' });
      await settle(page);
      await press(page, screen);
      const file = `${folder}/${person}-${name}${language === 'id' ? '' : `-${language}`}`;
      await pictures(page, file, screen, looks, name === 'coverage');
    } catch (error) {
      complain(error.message);
    }
  }
  await context.close();
}

await prepare(playwright, url, logins);
for (const person of Object.keys(SCREENS)) {
  if (only.length > 0 && !only.includes(person)) continue;
  for (const [language, looks] of Object.entries(LANGUAGES)) {
    await personPictures(person, language, looks);
  }
}
await browser.close();
process.exit(said ? 1 : 0);
