// Every screen of the app, by who opens it: for the pictures, the test of accessibility and the measurement.
// A test holds the list against the router: each of its routes is here.

/** The switches of the browser: Debian's Chromium, which asks its maker's hosts for nothing. */
export const BROWSER = {
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
};

/** A screen with a record: its route, and who finds the record by the API. */
const record = (route, list, field = 'id') => ({
  route,
  find: async (api) => (await api(list)).items?.[0]?.[field],
});
/** A screen that is opened by pressing something on another one. */
const pressed = (from, ...press) => ({
  ...(typeof from === 'string' ? { route: from } : from),
  press,
});
/** Another look at a route: its query. */
const asked = (route, query) => ({ route, query });

const customerOf = (list) => record('/customers/$id', list, 'customer_id');

/** The line of the customer whose portal is shown: it is cut down, and has something to pay. */
async function portalLine(find) {
  const bills = (await find('/api/v1/invoices?state=overdue&limit=200')).items;
  const lines = (await find('/api/v1/subscriptions?state=isolated&limit=200')).items;
  const owes = lines.find((line) => bills.some((bill) => bill.customer_id === line.customer_id));
  return owes ?? lines[0];
}

/** That customer, for the office. */
const cutDown = {
  route: '/customers/$id',
  find: async (api) => (await portalLine(api)).customer_id,
};

/**
 * Person → name of the picture → route, or route with what finds its record, what is asked and what is pressed
 * (the names of buttons, in Bahasa Indonesia; `*` presses the first box of the list).
 */
export const SCREENS = {
  owner: {
    home: '/',
    account: '/account',
    sweeps: '/sweeps',
    company: '/setup/company',
    users: '/setup/users',
    'users-new': pressed('/setup/users', 'Tambah pengguna'),
    plans: '/setup/plans',
    'plans-new': pressed('/setup/plans', 'Tambah paket'),
    policy: '/setup/policy',
    gateways: '/setup/gateways',
    engines: '/engines',
    proof: '/engines/proof',
    attendance: '/attendance',
    cash: '/cash',
    'no-permission': '/cashier',
    'not-found': '/no-such-page',
  },
  sales: {
    home: '/',
    'my-earnings': '/my-earnings',
    leads: '/leads',
    'leads-many': pressed('/leads', '*'),
    'lead-new': '/leads/new',
    lead: record('/leads/$id', '/api/v1/leads'),
    requests: '/requests',
    coverage: '/coverage',
    customers: '/customers',
    customer: cutDown,
    'customer-why': pressed(cutDown, 'Kenapa?'),
    'customer-usage': {
      ...customerOf('/api/v1/subscriptions?state=active'),
      query: { tab: 'usage' },
    },
    collect: record('/field/cash/$id', '/api/v1/invoices?state=overdue', 'customer_id'),
    held: '/field/cash',
    finder: pressed('/', 'Cari apa saja'),
  },
  finance: {
    home: '/',
    invoices: '/invoices',
    'invoices-many': pressed('/invoices', '*'),
    invoice: record('/invoices/$id', '/api/v1/invoices'),
    cashier: '/cashier',
    'customer-statement': {
      ...customerOf('/api/v1/invoices?state=overdue'),
      query: { tab: 'statement' },
    },
    'cashier-customer': {
      route: '/cashier',
      find: async (api) => (await api('/api/v1/invoices?state=overdue')).items[0]?.customer_id,
      query: { customer: '$id' },
    },
    payments: '/payments',
    payment: record('/payments/$id', '/api/v1/payments'),
    approvals: '/approvals',
    'purchase-waiting': record('/purchases/$id', '/api/v1/purchases?state=submitted'),
    cash: '/cash',
    'cash-open': pressed('/cash', 'Buka kas'),
    'cash-bank': pressed('/cash', 'Ambil dari bank'),
    'cash-handovers': asked('/cash', { view: 'handovers' }),
    'cash-safe': asked('/cash', { view: 'safe' }),
    holder: record('/cash/holders/$id', '/api/v1/cash/holders', 'user_id'),
    aging: '/aging',
    vouchers: '/vouchers',
    'vouchers-new': pressed('/vouchers', 'Buat voucher'),
    voucher: record('/vouchers/$id', '/api/v1/vouchers'),
    notices: '/notices',
    'bank-import': pressed('/notices', 'Impor mutasi'),
    withholdings: '/withholdings',
    sweeps: '/sweeps',
    runs: '/billing-runs',
    run: record('/billing-runs/$id', '/api/v1/billing-runs'),
    resellers: '/resellers',
    reseller: record('/resellers/$id', '/api/v1/partners'),
    'top-ups': '/resellers/top-ups',
  },
  mitra: {
    partner: '/partner',
    'partner-customers': '/partner/customers',
    'partner-customer': record('/partner/customers/$id', '/api/v1/invoices', 'customer_id'),
    'partner-pay': record('/partner/pay/$id', '/api/v1/invoices?state=open'),
    'partner-register': '/partner/leads/new',
    'partner-leads': '/partner/leads',
    'partner-lead': record('/partner/leads/$id', '/api/v1/leads'),
    'partner-wallet': '/partner/wallet',
    'partner-top-up': '/partner/top-up',
    'partner-commission': '/partner/commission',
    'partner-account': '/account',
  },
  gudang: {
    home: '/',
    stock: '/stock',
    receive: '/stock/receive',
    transfer: '/stock/transfer',
    places: '/stock/places',
    counts: '/stock/counts',
    count: record('/stock/counts/$id', '/api/v1/counts'),
    item: record('/stock/items/$id', '/api/v1/items', 'serial'),
    purchases: '/purchases',
    'purchase-new': '/purchases/new',
    suppliers: '/purchases/suppliers',
    purchase: record('/purchases/$id', '/api/v1/purchases?state=partly_received'),
    'purchase-edit': record('/purchases/$id/edit', '/api/v1/purchases?state=draft'),
    'purchase-receive': record('/purchases/$id/receive', '/api/v1/purchases?state=approved'),
  },
  noc: {
    home: '/',
    'work-orders': '/work-orders',
    'work-orders-many': pressed('/work-orders', '*'),
    'work-orders-board': asked('/work-orders', { view: 'board' }),
    'field-steps': '/work-orders/field-steps',
    tickets: asked('/tickets', { view: 'all' }),
    ticket: record('/tickets/$id', '/api/v1/tickets'),
    coverage: '/coverage',
    'work-order': record('/work-orders/$id', '/api/v1/work-orders'),
    sessions: '/network',
    nas: '/network/nas',
    session: record('/network/sessions/$id', '/api/v1/sessions'),
    accounts: '/network/accounts',
    account: record('/network/accounts/$id', '/api/v1/accounts'),
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
    earnings: '/field/earnings',
    job: record('/field/jobs/$id', '/api/v1/jobs'),
    collect: record('/field/cash/$id', '/api/v1/jobs', 'customer_id'),
    held: '/field/cash',
    tickets: '/tickets',
    account: '/account',
  },
  hrd: { home: '/', attendance: '/attendance', people: '/people', earnings: '/earnings' },
  /** A customer in their portal. */
  pelanggan: {
    me: '/me',
    bills: '/me/bills',
    bill: record('/me/bills/$id', '/api/v1/portal/bills'),
    usage: '/me/usage',
    report: '/me/report',
    ticket: record('/me/report/$id', '/api/v1/portal/tickets'),
    settings: '/me/settings',
  },
  nobody: {
    'sign-up': '/daftar',
    login: '/login',
    'me-login': '/me/login',
    pay: '/pay',
  },
};

/** User names and passwords, as `sambung demo` prints them. */
export function loginsOf(log) {
  const lines = log.matchAll(/^ {2}\w+ +(\S+) +(Sambung-\S+)$/gm);
  return Object.fromEntries([...lines].map(([, user, password]) => [user, password]));
}

async function ask(request, url, method, path, data) {
  const answer = await request[method](url + path, { data, headers: { origin: url } });
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return answer.headers()['content-type']?.includes('json') ? answer.json() : null;
}

/** Logs a person's browser in; a customer comes in by the code in the demo's outbox. */
export async function enter(playwright, context, url, person, logins) {
  if (person === 'nobody') return;
  if (person !== 'pelanggan') {
    const data = { username: person, password: logins[person] };
    await ask(context.request, url, 'post', '/api/v1/session', data);
    return;
  }
  const sales = await playwright.request.newContext();
  await ask(sales, url, 'post', '/api/v1/session', { username: 'sales', password: logins.sales });
  const find = (path) => ask(sales, url, 'get', path);
  const { customer_id: id } = await portalLine(find);
  const { phone } = await find(`/api/v1/customers/${id}`);
  const newest = async () =>
    (await find(`/api/v1/messages?customer=${id}&limit=5`)).items.filter(
      (one) => one.template === 'login_code',
    );
  const before = (await newest()).length;
  await ask(context.request, url, 'post', '/api/v1/portal/code', { phone });
  let code;
  for (let tries = 0; !code && tries < 100; tries += 1) {
    const codes = await newest();
    if (codes.length > before || codes.length === 5) code = /\d{6}/.exec(codes[0].body)?.[0];
    if (!code) await new Promise((done) => setTimeout(done, 200));
  }
  const session = await ask(context.request, url, 'post', '/api/v1/portal/session', {
    phone,
    code,
  });
  if (!session.customer_id) throw new Error('this phone has several customers');
  await sales.dispose();
}

/** The address of a screen now; `null` when the demo has no such record. */
export async function addressOf(screen, api) {
  if (typeof screen === 'string') return screen;
  const id = screen.find ? await screen.find(api) : '';
  if (id === undefined || id === null) return null;
  const query = Object.entries(screen.query ?? {}).map(([key, value]) => [
    key,
    value === '$id' ? id : value,
  ]);
  const text = new URLSearchParams(query).toString();
  return screen.route.replace('$id', encodeURIComponent(id)) + (text ? `?${text}` : '');
}

/** Waits until a page shows what it has to show; live updates keep one request open. */
export async function settle(page) {
  await page.waitForFunction(
    () =>
      document.body.innerText.trim() !== '' &&
      !document.querySelector('.mantine-Skeleton-root, .mantine-Loader-root'),
  );
  // Fonts are here and the last transition is over.
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  });
}

/** Longer than a window's own file is on its way. */
const OPENING_MS = 300;

/** Presses what opens a screen. */
export async function press(page, screen) {
  for (const name of screen.press ?? []) {
    if (name === '*') {
      // a phone has no boxes
      const box = page.locator('tbody input[type=checkbox]').first();
      if (await box.isVisible()) await box.check();
    } else await page.getByRole('button', { name }).first().click();
    // what opens comes with the next answer
    await page.waitForTimeout(OPENING_MS);
    await settle(page);
  }
}

/** What the screens need that a new demo lacks: some money in hand, a report of the customer, a stock count. */
export async function prepare(playwright, url, logins) {
  const as = async (person) => {
    const request = await playwright.request.newContext();
    const data = { username: person, password: logins[person] };
    await ask(request, url, 'post', '/api/v1/session', data);
    return {
      get: (path) => ask(request, url, 'get', path),
      post: (path, data) => ask(request, url, 'post', path, data),
    };
  };
  const sales = await as('sales');
  const [due] = (await sales.get('/api/v1/invoices?state=overdue')).items;
  const amount = Math.min(50_000, due.outstanding);
  await sales.post('/api/v1/cash/collections', { customer_id: due.customer_id, amount });
  const line = await portalLine(sales.get);
  const told = (await sales.get(`/api/v1/tickets?customer=${line.customer_id}`)).items;
  if (told.length === 0) {
    const text = 'Lampu merah menyala sejak pagi';
    await sales.post('/api/v1/tickets', { category: 'device', subscription_id: line.id, text });
  }
  const store = await as('gudang');
  const counts = (await store.get('/api/v1/counts')).items;
  if (counts.length === 0) {
    const places = (await store.get('/api/v1/locations')).items;
    const place = places.find((one) => one.kind === 'warehouse');
    await store.post('/api/v1/counts', { location_id: place.id });
  }
}
