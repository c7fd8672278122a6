// The cards of the home page: which count the dashboard answers opens which list.
import { path } from '@/lib/path';
import type * as id from '@/locales/id';
import type { IconName } from '@/ui/icon';

type CardKey = {
  [K in keyof typeof id.common]: K extends `card_${infer Key}` ? Key : never;
}[keyof typeof id.common];

export type HomeCard = {
  key: CardKey;
  to: string;
  icon: IconName;
  tone: 'wait' | 'harm' | 'good' | 'plain';
};

/** Stands in an address for the branch's day of today. */
export const TODAY = ':today';

export const CARDS: HomeCard[] = [
  { key: 'sweeps_waiting', to: path.sweeps(), icon: 'warning', tone: 'harm' },
  {
    key: 'purchases_to_approve',
    to: path.purchases('submitted'),
    icon: 'check',
    tone: 'wait',
  },
  {
    key: 'purchases_to_receive',
    to: path.purchases('to_receive'),
    icon: 'truck',
    tone: 'wait',
  },
  { key: 'leads_new', to: `${path.leads()}?state=new`, icon: 'lead', tone: 'wait' },
  { key: 'leads_verified', to: `${path.leads()}?state=verified`, icon: 'lead', tone: 'wait' },
  { key: 'work_orders_open', to: `${path.workOrders()}?state=open`, icon: 'job', tone: 'wait' },
  {
    key: 'work_orders_today',
    to: `${path.workOrders()}?scheduled_on=${TODAY}`,
    icon: 'truck',
    tone: 'plain',
  },
  { key: 'work_orders_failed', to: `${path.workOrders()}?state=failed`, icon: 'job', tone: 'harm' },
  { key: 'work_orders_review', to: `${path.workOrders()}?review=true`, icon: 'job', tone: 'wait' },
  { key: 'tickets_late', to: path.tickets('late'), icon: 'warning', tone: 'harm' },
  { key: 'tickets_mine', to: path.tickets('mine'), icon: 'question', tone: 'wait' },
  { key: 'tickets_queue', to: path.tickets('queue'), icon: 'question', tone: 'wait' },
  {
    key: 'customers_active',
    to: `${path.customers()}?state=active`,
    icon: 'people',
    tone: 'plain',
  },
  {
    key: 'customers_isolated',
    to: `${path.customers()}?state=isolated`,
    icon: 'lock',
    tone: 'harm',
  },
  { key: 'customers_ready', to: `${path.customers()}?state=ready`, icon: 'clock', tone: 'wait' },
  {
    key: 'invoices_overdue',
    to: `${path.invoices()}?state=overdue`,
    icon: 'invoice',
    tone: 'harm',
  },
  { key: 'invoices_due_soon', to: `${path.invoices()}?state=issued`, icon: 'clock', tone: 'wait' },
  {
    key: 'payments_today',
    to: `${path.payments()}?day=today`,
    icon: 'cash',
    tone: 'good',
  },
  { key: 'sessions_live', to: `${path.network()}?state=live`, icon: 'network', tone: 'plain' },
  { key: 'sessions_suspect', to: `${path.network()}?state=suspect`, icon: 'network', tone: 'wait' },
  { key: 'not_enforced', to: path.notEnforced(), icon: 'clock', tone: 'wait' },
  { key: 'rejects_today', to: path.rejects(), icon: 'warning', tone: 'wait' },
  { key: 'items_in_stock', to: `${path.stock()}?state=in_stock`, icon: 'box', tone: 'plain' },
  { key: 'items_in_bags', to: `${path.stock()}?state=in_transit`, icon: 'bag', tone: 'plain' },
  { key: 'items_returned', to: `${path.stock()}?state=returned`, icon: 'box', tone: 'wait' },
  { key: 'messages_dead', to: `${path.messages()}?state=dead`, icon: 'message', tone: 'harm' },
];

/** What each role does most; a person sees those that they may do. */
export const QUICK = [
  { key: 'quick_lead', permission: 'lead_write', to: path.newLead(), icon: 'plus' },
  { key: 'quick_pay', permission: 'payment_write', to: path.cashier(), icon: 'cash' },
  { key: 'quick_run', permission: 'billing_run', to: path.billingRuns(), icon: 'run' },
  { key: 'quick_approve', permission: 'payment_approve', to: path.approvals(), icon: 'check' },
  { key: 'quick_receive', permission: 'stock_write', to: path.receive(), icon: 'scan' },
  { key: 'quick_transfer', permission: 'stock_write', to: path.transfer(), icon: 'truck' },
  {
    key: 'quick_board',
    permission: 'work_order_dispatch',
    to: `${path.workOrders()}?view=board`,
    icon: 'job',
  },
  { key: 'quick_nas', permission: 'nas_write', to: path.nas(), icon: 'network' },
  { key: 'quick_timings', permission: 'session_read', to: path.timings(), icon: 'clock' },
] as const;
