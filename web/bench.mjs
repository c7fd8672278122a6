// How long a first visit takes on a slow phone: nothing in the browser's cache, a slow 4G network and a processor
// four times slower than this one. Prints medians as a table; SAMBUNG_URL and SAMBUNG_DEMO_LOG say where the demo is,
// BENCH_ROUNDS (5) how often each face is opened.
//
// The network is Lighthouse's "slow 4G": 1.6 Mbit/s down, 0.75 Mbit/s up, every request waits 150 ms. The demo speaks
// HTTP/1.1 without TLS.
import { readFileSync } from 'node:fs';
import playwright from '@playwright/test';
import { BROWSER, enter, loginsOf } from './screens.mjs';

const url = process.env.SAMBUNG_URL ?? 'http://127.0.0.1:8080';
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const logins = loginsOf(readFileSync(process.env.SAMBUNG_DEMO_LOG, 'utf8'));

const NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 750_000 / 8,
};
const SLOWER = 4;
/** How often the page is asked whether it is ready. (Asking with each frame, as by default, makes it busy.) */
const ASK_MS = 100;
/** After this long without a long task the page answers at once. */
const QUIET_MS = 500;

/** Who opens which address, and what stands there once it can be used. */
const FACES = [
  ['/field', 'teknisi', 'main a[href^="/field/jobs/"]'],
  ['/partner', 'mitra', 'main a[href="/partner/leads/new"]'],
  ['/me', 'pelanggan', 'main button'],
  ['/me/login', 'nobody', 'main button[type=submit], form button[type=submit]'],
  ['/ (sales)', 'sales', 'main a[href^="/leads?state=new"]'],
  ['/ (owner)', 'owner', 'main a[href^="/leads?state=new"]'],
  ['/ (finance)', 'finance', 'main a[href^="/invoices?state=overdue"]'],
];
const PHONES = ['teknisi', 'mitra', 'pelanggan', 'nobody'];

const browser = await playwright.chromium.launch(BROWSER);

/** Who is logged in already: a code for a customer's phone is not sent ever again. */
const sessions = {};
async function sessionOf(person) {
  if (person in sessions) return sessions[person];
  const context = await browser.newContext();
  await enter(playwright, context, url, person, logins);
  sessions[person] = await context.storageState();
  await context.close();
  return sessions[person];
}

async function visit([name, person, ready]) {
  const isPhone = PHONES.includes(person);
  const context = await browser.newContext({
    baseURL: url,
    locale: 'id-ID',
    timezoneId: 'Asia/Jakarta',
    viewport: isPhone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    isMobile: isPhone,
    storageState: await sessionOf(person),
  });
  await context.addInitScript((selector) => {
    const seen = { ready: 0, busy: 0 };
    window.seen = seen;
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) seen.busy = task.startTime + task.duration;
    }).observe({ type: 'longtask', buffered: true });
    const look = () => {
      if (seen.ready || !document.querySelector(selector)) return;
      // in the picture with the next frame
      requestAnimationFrame(() => setTimeout(() => (seen.ready ||= performance.now())));
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  }, ready);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', NETWORK);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  let bytes = 0;
  let files = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    files += 1;
  });
  await page.goto(name.split(' ')[0], { waitUntil: 'commit' });
  await page.waitForFunction(() => window.seen.ready > 0, undefined, {
    timeout: 60_000,
    polling: ASK_MS,
  });
  const loaded = { bytes, files };
  await page.waitForFunction(
    (quiet) => performance.now() - Math.max(window.seen.busy, window.seen.ready) > quiet,
    QUIET_MS,
    { timeout: 60_000, polling: ASK_MS },
  );
  const { ready: shown, busy } = await page.evaluate(() => window.seen);
  await context.close();
  return { shown, interactive: Math.max(shown, busy), ...loaded };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

console.log('# First visits on a slow phone\n');
console.log(
  `Slow 4G (1.6 Mbit/s, 150 ms a request), processor ${SLOWER}× slower, nothing cached; medians of ${rounds}.\n`,
);
console.log('| page | shown | interactive | loaded until shown |');
console.log('| --- | ---: | ---: | ---: |');
for (const face of FACES) {
  const visits = [];
  for (let n = 0; n < rounds; n += 1) visits.push(await visit(face));
  const of = (key) => median(visits.map((one) => one[key]));
  const seconds = (key) => `${(of(key) / 1000).toFixed(2)} s`;
  const weight = `${Math.round(of('bytes') / 1000)} kB in ${of('files')}`;
  console.log(`| ${face[0]} | ${seconds('shown')} | ${seconds('interactive')} | ${weight} |`);
}
await browser.close();
