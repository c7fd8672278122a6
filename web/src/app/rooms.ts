// Whose words a page speaks, by its address: they are asked for beside the page, not after it. A page that
// is not here asks by itself, one round trip later.
import type { Room } from '@/locales';

const OF: Record<string, readonly Room[]> = {
  '': ['cash', 'figures'],
  leads: ['crm', 'list'],
  coverage: ['crm'],
  daftar: ['crm'],
  requests: ['crm', 'chain'],
  customers: ['crm', 'chain', 'ticket', 'billing', 'fulfilment', 'list'],
  invoices: ['billing', 'list', 'chain'],
  payments: ['billing', 'list'],
  cashier: ['billing', 'cash'],
  cash: ['billing', 'cash'],
  aging: ['billing', 'cash'],
  approvals: ['billing'],
  notices: ['billing', 'cash'],
  withholdings: ['billing'],
  vouchers: ['billing'],
  sweeps: ['billing'],
  'billing-runs': ['billing'],
  'work-orders': ['fulfilment', 'list'],
  tickets: ['ticket', 'fulfilment', 'list'],
  field: ['fulfilment', 'hr', 'cash'],
  'field/bag': ['inventory', 'cash'],
  stock: ['inventory', 'list'],
  network: ['network', 'chain', 'list'],
  resellers: ['partner'],
  partner: ['partner', 'ticket'],
  engines: ['bridge'],
  attendance: ['hr'],
  messages: ['notification'],
  setup: ['setup'],
  account: ['setup'],
  me: ['portal'],
};

/** The rooms of an address. */
export function roomsOf(pathname: string): readonly Room[] {
  const [, first = '', second] = pathname.split('/');
  return OF[`${first}/${second}`] ?? OF[first] ?? [];
}
