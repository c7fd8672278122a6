// Every address of the app, built in one place; a test holds them against the router.

type Query = Record<string, string | undefined>;

function query(values: Query): string {
  const filled = Object.entries(values).filter((pair): pair is [string, string] =>
    Boolean(pair[1]),
  );
  return filled.length > 0 ? `?${new URLSearchParams(filled).toString()}` : '';
}

/** A query's value as the address takes it. */
function textOf(value: unknown): string | undefined {
  const plain = typeof value === 'string' || typeof value === 'number' || value === true;
  return plain ? String(value) : undefined;
}

/** Which tickets a list shows first. */
export type TicketView = 'mine' | 'queue' | 'late' | 'open' | 'all';

export const path = {
  home: () => '/',
  login: () => '/login',
  signUp: () => '/daftar',
  me: () => '/me',
  meLogin: () => '/me/login',
  myBills: () => '/me/bills',
  myBill: (id: string) => `/me/bills/${id}`,
  myUsage: () => '/me/usage',
  myReport: () => '/me/report',
  myTicket: (id: string) => `/me/report/${id}`,
  mySettings: () => '/me/settings',
  account: () => '/account',
  leads: () => '/leads',
  requests: () => '/requests',
  newLead: (at?: { lat?: string; lon?: string }) => `/leads/new${query(at ?? {})}`,
  lead: (id: string) => `/leads/${id}`,
  coverage: (at?: { lat?: string; lon?: string }) => `/coverage${query(at ?? {})}`,
  customers: (state?: string) => `/customers${query({ state })}`,
  customer: (id: string) => `/customers/${id}`,
  invoices: (only?: { state?: string; due_from?: string; due_to?: string }) =>
    `/invoices${query(only ?? {})}`,
  invoice: (id: string) => `/invoices/${id}`,
  cashier: (invoice?: string) => `/cashier${query({ invoice })}`,
  cashierFor: (customer: string) => `/cashier${query({ customer })}`,
  payments: (only?: { state?: string; from?: string; until?: string }) =>
    `/payments${query(only ?? {})}`,
  payment: (id: string) => `/payments/${id}`,
  approvals: () => '/approvals',
  notices: () => '/notices',
  cash: (view?: 'drawers' | 'handovers' | 'safe') => `/cash${query({ view })}`,
  cashHolder: (id: string) => `/cash/holders/${id}`,
  aging: () => '/aging',
  withholdings: () => '/withholdings',
  sweeps: () => '/sweeps',
  vouchers: () => '/vouchers',
  voucher: (id: string) => `/vouchers/${id}`,
  billingRuns: () => '/billing-runs',
  billingRun: (id: string) => `/billing-runs/${id}`,
  workOrders: (only?: { kind?: string; done_from?: string; done_until?: string }) =>
    `/work-orders${query(only ?? {})}`,
  workOrder: (id: string) => `/work-orders/${id}`,
  fieldTrouble: () => '/work-orders/field-steps',
  tickets: (view?: TicketView) => `/tickets${query({ view })}`,
  ticket: (id: string) => `/tickets/${id}`,
  jobs: () => '/field',
  job: (id: string) => `/field/jobs/${id}`,
  queue: () => '/field/queue',
  myAttendance: () => '/field/attendance',
  held: () => '/field/cash',
  collect: (customer: string) => `/field/cash/${customer}`,
  attendance: () => '/attendance',
  people: () => '/people',
  earnings: () => '/earnings',
  myEarnings: (inField: boolean) => (inField ? '/field/earnings' : '/my-earnings'),
  stock: (only?: { purchase?: string; type?: string }) => `/stock${query(only ?? {})}`,
  receive: () => '/stock/receive',
  transfer: () => '/stock/transfer',
  places: () => '/stock/places',
  counts: () => '/stock/counts',
  count: (id: string) => `/stock/counts/${id}`,
  item: (serial: string) => `/stock/items/${encodeURIComponent(serial)}`,
  purchases: (state?: string) => `/purchases${query({ state })}`,
  newPurchase: () => '/purchases/new',
  purchase: (id: string) => `/purchases/${id}`,
  editPurchase: (id: string) => `/purchases/${id}/edit`,
  receivePurchase: (id: string) => `/purchases/${id}/receive`,
  suppliers: () => '/purchases/suppliers',
  bag: () => '/field/bag',
  network: () => '/network',
  nas: () => '/network/nas',
  rejects: () => '/network/rejects',
  notEnforced: () => '/network/not-enforced',
  timings: (only?: { from?: string; to?: string }) => `/network/timings${query(only ?? {})}`,
  session: (id: string) => `/network/sessions/${id}`,
  accounts: () => '/network/accounts',
  networkAccount: (id: string) => `/network/accounts/${id}`,
  engines: () => '/engines',
  proof: () => '/engines/proof',
  messages: () => '/messages',
  partner: () => '/partner',
  partnerCustomers: (only?: { due_until?: string; online?: string; state?: string }) =>
    `/partner/customers${query(only ?? {})}`,
  partnerCustomer: (id: string) => `/partner/customers/${id}`,
  partnerLeads: () => '/partner/leads',
  partnerRegister: () => '/partner/leads/new',
  partnerLead: (id: string) => `/partner/leads/${id}`,
  partnerPay: (invoice: string) => `/partner/pay/${invoice}`,
  partnerWallet: () => '/partner/wallet',
  partnerTopUp: () => '/partner/top-up',
  partnerCommission: () => '/partner/commission',
  resellers: () => '/resellers',
  reseller: (id: string) => `/resellers/${id}`,
  topUps: () => '/resellers/top-ups',
  users: () => '/setup/users',
  company: () => '/setup/company',
  plans: () => '/setup/plans',
  policy: () => '/setup/policy',
  gateways: () => '/setup/gateways',
} as const;

/** Documents that the server renders; opened in a new tab. */
export const file = {
  list: (list: string, asked: Record<string, unknown>, format: 'csv' | 'xlsx') => {
    const { after: _after, limit: _limit, ...kept } = asked;
    const texts = Object.entries(kept).map(([key, value]) => [key, textOf(value)] as const);
    return `/api/v1/${list}/export${query({ ...Object.fromEntries(texts), format })}`;
  },
  invoice: (id: string) => `/api/v1/invoices/${id}/pdf`,
  vouchers: (id: string) => `/api/v1/vouchers/${id}/pdf`,
  creditNote: (id: string) => `/api/v1/credit-notes/${id}/pdf`,
  receipt: (id: string, paper: '58mm' | 'a5') => `/api/v1/payments/${id}/receipt?paper=${paper}`,
  collected: (id: string, paper: '58mm' | 'a5') =>
    `/api/v1/cash/collections/${id}/receipt?paper=${paper}`,
  drawer: (id: string) => `/api/v1/cash/drawers/${id}/pdf`,
  handover: (id: string) => `/api/v1/cash/handovers/${id}/receipt?paper=58mm`,
  labels: (serials: string[], paper: 'roll' | 'sheet') =>
    `/api/v1/labels${query({ serials: serials.join(','), paper })}`,
  workOrder: (id: string) => `/api/v1/work-orders/${id}/pdf`,
  purchase: (id: string, paper: 'a4' | 'a5') => `/api/v1/purchases/${id}/pdf?paper=${paper}`,
  myBill: (id: string) => `/api/v1/portal/bills/${id}/pdf`,
  myReceipt: (id: string) => `/api/v1/portal/payments/${id}/receipt`,
  photo: (id: string) => `/api/v1/photos/${id}`,
  attendancePhoto: (id: string) => `/api/v1/attendance/${id}/photo`,
  myAttendancePhoto: (id: string) => `/api/v1/me/attendance/${id}/photo`,
  myTicketPhoto: (id: string) => `/api/v1/portal/ticket-photos/${id}`,
  ticketPhoto: (id: string) => `/api/v1/ticket-photos/${id}`,
} as const;

/** An address as the router takes it: where, and what to ask there. */
export function target(address: string): { to: string; search: Record<string, string> } {
  const [to = '/', search = ''] = address.split('?');
  return { to, search: Object.fromEntries(new URLSearchParams(search)) };
}
