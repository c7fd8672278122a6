// Pictures of every page of a running demo, 1440 and 390 pixels wide, into $SCREENSHOTS. Fails when a page
// says something in the browser's console. SAMBUNG_URL and SAMBUNG_DEMO_LOG say where the demo is.
import { readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';

const url = process.env.SAMBUNG_URL ?? 'http://127.0.0.1:8080';
const folder = process.env.SCREENSHOTS ?? '../screenshots';
const only = process.argv[2];
const logins = Object.fromEntries(
  [
    ...readFileSync(process.env.SAMBUNG_DEMO_LOG, 'utf8').matchAll(
      /^ {2}\w+ +(\S+) +(Sambung-\S+)$/gm,
    ),
  ].map(([, user, password]) => [user, password]),
);

/** Pages a person opens; a function finds the address of a detail by the API. */
const first = (list, field, address) => async (api) => address((await api(list)).items[0][field]);
const PAGES = {
  owner: {
    home: '/',
    account: '/account',
    sweeps: '/sweeps',
    company: '/setup/company',
    users: '/setup/users',
    plans: '/setup/plans',
    policy: '/setup/policy',
    gateways: '/setup/gateways',
    engines: '/engines',
    attendance: '/attendance',
  },
  sales: {
    home: '/',
    leads: '/leads',
    'lead-new': '/leads/new',
    lead: first('/api/v1/leads', 'id', (id) => `/leads/${id}`),
    coverage: '/coverage',
    customers: '/customers',
    customer: first(
      '/api/v1/subscriptions?state=isolated',
      'customer_id',
      (id) => `/customers/${id}`,
    ),
  },
  finance: {
    home: '/',
    invoices: '/invoices',
    invoice: first('/api/v1/invoices', 'id', (id) => `/invoices/${id}`),
    cashier: '/cashier',
    'customer-statement': first(
      '/api/v1/invoices?state=overdue',
      'customer_id',
      (id) => `/customers/${id}?tab=statement`,
    ),
    'cashier-customer': first(
      '/api/v1/invoices?state=overdue',
      'customer_id',
      (id) => `/cashier?customer=${id}`,
    ),
    payments: '/payments',
    payment: first('/api/v1/payments', 'id', (id) => `/payments/${id}`),
    approvals: '/approvals',
    'purchase-waiting': first(
      '/api/v1/purchases?state=submitted',
      'id',
      (id) => `/purchases/${id}`,
    ),
    cash: '/cash',
    aging: '/aging',
    vouchers: '/vouchers',
    voucher: first('/api/v1/vouchers', 'id', (id) => `/vouchers/${id}`),
    notices: '/notices',
    withholdings: '/withholdings',
    sweeps: '/sweeps',
    runs: '/billing-runs',
    resellers: '/resellers',
    reseller: first('/api/v1/partners', 'id', (id) => `/resellers/${id}`),
    'top-ups': '/resellers/top-ups',
  },
  mitra: {
    partner: '/partner',
    'partner-customers': '/partner/customers',
    'partner-customer': first(
      '/api/v1/invoices?state=overdue',
      'customer_id',
      (id) => `/partner/customers/${id}`,
    ),
    'partner-pay': first('/api/v1/invoices?state=overdue', 'id', (id) => `/partner/pay/${id}`),
    'partner-register': '/partner/leads/new',
    'partner-leads': '/partner/leads',
    'partner-lead': first('/api/v1/leads', 'id', (id) => `/partner/leads/${id}`),
    'partner-wallet': '/partner/wallet',
    'partner-top-up': '/partner/top-up',
    'partner-commission': '/partner/commission',
  },
  gudang: {
    home: '/',
    stock: '/stock',
    receive: '/stock/receive',
    transfer: '/stock/transfer',
    places: '/stock/places',
    counts: '/stock/counts',
    item: first('/api/v1/items', 'serial', (serial) => `/stock/items/${serial}`),
    purchases: '/purchases',
    'purchase-new': '/purchases/new',
    suppliers: '/purchases/suppliers',
    purchase: first('/api/v1/purchases?state=partly_received', 'id', (id) => `/purchases/${id}`),
    'purchase-receive': first(
      '/api/v1/purchases?state=approved',
      'id',
      (id) => `/purchases/${id}/receive`,
    ),
  },
  noc: {
    home: '/',
    'work-orders': '/work-orders',
    'field-steps': '/work-orders/field-steps',
    tickets: '/tickets?view=all',
    ticket: first('/api/v1/tickets', 'id', (id) => `/tickets/${id}`),
    coverage: '/coverage',
    'work-order': first('/api/v1/work-orders', 'id', (id) => `/work-orders/${id}`),
    sessions: '/network',
    nas: '/network/nas',
    session: first('/api/v1/sessions', 'id', (id) => `/network/sessions/${id}`),
    accounts: '/network/accounts',
    account: first('/api/v1/accounts', 'id', (id) => `/network/accounts/${id}`),
    timings: '/network/timings',
    rejects: '/network/rejects',
    'not-enforced': '/network/not-enforced',
    messages: '/messages',
  },
  teknisi: {
    jobs: '/field',
    bag: '/field/bag',
    queue: '/field/queue',
    attendance: '/field/attendance',
    job: first('/api/v1/jobs', 'id', (id) => `/field/jobs/${id}`),
  },
  hrd: { home: '/', attendance: '/attendance' },
  nobody: {
    'sign-up': '/daftar',
    login: '/login',
    pay: '/pay',
    'not-found': '/no-such-page',
  },
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
let said = 0;
for (const [person, pages] of Object.entries(PAGES)) {
  if (only && only !== person) continue;
  for (const width of [1440, 390]) {
    const context = await browser.newContext({
      baseURL: url,
      locale: 'id-ID',
      timezoneId: 'Asia/Jakarta',
      viewport: { width, height: width === 390 ? 844 : 900 },
      isMobile: width === 390,
      colorScheme: process.env.DARK ? 'dark' : 'light',
    });
    if (logins[person]) {
      const data = { username: person, password: logins[person] };
      const answer = await context.request.post('/api/v1/session', {
        data,
        headers: { origin: url },
      });
      if (!answer.ok()) throw new Error(`${person} can't log in: ${await answer.text()}`);
    }
    const api = async (path) => (await context.request.get(path)).json();
    const page = await context.newPage();
    let where = '';
    const complain = (text) => {
      // Asking who is logged in is answered with 401 to a stranger.
      if (person === 'nobody' && text.includes('401')) return;
      said += 1;
      console.error(`${person} ${where} ${width}: ${text}`);
    };
    page.on('console', (line) => line.type() === 'error' && complain(line.text()));
    page.on('pageerror', (error) => complain(error.message));
    for (const [name, address] of Object.entries(pages)) {
      where = name;
      let target;
      try {
        target = typeof address === 'string' ? address : await address(api);
      } catch (error) {
        complain(`nothing to show: ${error.message}`);
        continue;
      }
      await page.goto(target, { waitUntil: 'load' });
      // Live updates keep one request open: quiet is when the page shows no placeholder any more.
      await page.waitForFunction(
        () =>
          document.body.innerText.trim() !== '' &&
          !document.querySelector('.mantine-Skeleton-root, .mantine-Loader-root'),
      );
      await page.waitForTimeout(name === 'coverage' ? 2500 : 400);
      await page.screenshot({
        path: `${folder}/${person}-${name}-${width}.png`,
        fullPage: width === 390,
      });
    }
    await context.close();
  }
}
await browser.close();
process.exit(said ? 1 : 0);
