// The sections of the rail: what a person may open, in the order of a working day.
import type { IconName } from '@/ui/icon';
import { holdsAny, type Permitted } from '@/lib/can';
import { path } from '@/lib/path';
import type * as id from '@/locales/id';

export type Section = {
  key: keyof typeof id.common & `nav_${string}`;
  to: string;
  icon: IconName;
  /** One of these is needed; none: everybody. */
  any: string[];
  /** Other addresses of the same section. */
  also?: string[];
};

export const SECTIONS: Section[] = [
  { key: 'nav_home', to: path.home(), icon: 'home', any: [] },
  { key: 'nav_jobs', to: path.jobs(), icon: 'truck', any: ['job_read'] },
  { key: 'nav_bag', to: path.bag(), icon: 'bag', any: ['bag_read'] },
  { key: 'nav_leads', to: path.leads(), icon: 'lead', any: ['lead_read'] },
  { key: 'nav_coverage', to: path.coverage(), icon: 'map', any: ['coverage_read'] },
  { key: 'nav_customers', to: path.customers(), icon: 'people', any: ['customer_read'] },
  { key: 'nav_cashier', to: path.cashier(), icon: 'cash', any: ['payment_write'] },
  {
    key: 'nav_invoices',
    to: path.invoices(),
    icon: 'invoice',
    any: ['invoice_read'],
    also: [
      path.payments(),
      path.cash(),
      path.aging(),
      path.approvals(),
      path.notices(),
      path.withholdings(),
      path.vouchers(),
      path.sweeps(),
    ],
  },
  { key: 'nav_runs', to: path.billingRuns(), icon: 'run', any: ['billing_run'] },
  { key: 'nav_work_orders', to: path.workOrders(), icon: 'job', any: ['work_order_read'] },
  { key: 'nav_tickets', to: path.tickets(), icon: 'question', any: ['ticket_read'] },
  { key: 'nav_requests', to: path.requests(), icon: 'file', any: ['subscription_write'] },
  { key: 'nav_stock', to: path.stock(), icon: 'box', any: ['stock_read'] },
  { key: 'nav_purchases', to: path.purchases(), icon: 'truck', any: ['purchase_read'] },
  { key: 'nav_network', to: path.network(), icon: 'network', any: ['session_read', 'nas_read'] },
  {
    key: 'nav_resellers',
    to: path.resellers(),
    icon: 'shop',
    any: ['wallet_approve', 'partner_write'],
  },
  { key: 'nav_engines', to: path.engines(), icon: 'plug', any: ['engine_read'] },
  { key: 'nav_people', to: path.people(), icon: 'people', any: ['staff_read'] },
  { key: 'nav_attendance', to: path.attendance(), icon: 'badge', any: ['attendance_read'] },
  { key: 'nav_earnings', to: path.earnings(), icon: 'cash', any: ['earning_read'] },
  { key: 'nav_messages', to: path.messages(), icon: 'message', any: ['message_read'] },
  {
    key: 'nav_setup',
    to: path.company(),
    icon: 'filter',
    any: ['settings_write', 'policy_write', 'profile_write'],
    also: ['/setup'],
  },
];

/** The sections a person sees. */
export function sectionsOf(me: Permitted): Section[] {
  return SECTIONS.filter((section) => holdsAny(me, section.any));
}

/** A person whose whole work is in the field gets the phone's shell. */
export function worksInField(me: { own_jobs_only: boolean }): boolean {
  return me.own_jobs_only;
}

/** A reseller's person gets the reseller's shell. */
export function worksAsReseller(me: { partner_id?: string | null }): boolean {
  return me.partner_id != null;
}
