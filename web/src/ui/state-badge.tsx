// One chip everywhere. Red is harm, amber is waiting, green is money in, teal is well, grey is past.
import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { i18n } from '@/locales';

export type StateKind =
  | 'lead'
  | 'subscription'
  | 'invoice'
  | 'payment'
  | 'work_order'
  | 'ticket'
  | 'field_op'
  | 'item'
  | 'count'
  | 'purchase'
  | 'session'
  | 'access'
  | 'finding'
  | 'message'
  | 'run'
  | 'odp';

const TONE: Record<string, string> = {
  'lead.new': 'amber',
  'lead.verified': 'teal',
  'lead.converted': 'money',
  'lead.waitlisted': 'amber',
  'lead.rejected': 'red',
  'subscription.pending_install': 'amber',
  'subscription.ready': 'amber',
  'subscription.active': 'teal',
  'subscription.isolated': 'red',
  'invoice.issued': 'amber',
  'invoice.partly_paid': 'amber',
  'invoice.paid': 'money',
  'invoice.overdue': 'red',
  'payment.pending': 'amber',
  'payment.settled': 'money',
  'payment.reversed': 'red',
  'work_order.open': 'amber',
  'work_order.assigned': 'amber',
  'work_order.accepted': 'teal',
  'work_order.on_the_way': 'teal',
  'work_order.on_site': 'teal',
  'work_order.done': 'money',
  'work_order.failed': 'red',
  'ticket.open': 'amber',
  'ticket.reopened': 'red',
  'ticket.in_progress': 'teal',
  'ticket.waiting_customer': 'amber',
  'ticket.resolved': 'money',
  'field_op.waiting': 'amber',
  'field_op.held': 'amber',
  'field_op.refused': 'red',
  'item.in_stock': 'teal',
  'item.in_transit': 'amber',
  'item.installed': 'money',
  'item.returned': 'amber',
  'item.rma': 'amber',
  'item.lost': 'red',
  'count.open': 'amber',
  'count.submitted': 'amber',
  'count.posted': 'money',
  'count.rejected': 'red',
  'purchase.submitted': 'amber',
  'purchase.approved': 'teal',
  'purchase.rejected': 'red',
  'purchase.partly_received': 'amber',
  'purchase.received': 'money',
  'session.live': 'teal',
  'session.suspect': 'amber',
  'access.full': 'teal',
  'access.isolated': 'red',
  'access.blocked': 'red',
  'finding.open': 'amber',
  'finding.healed': 'teal',
  'finding.adopted': 'teal',
  'message.queued': 'amber',
  'message.sent': 'teal',
  'message.failed': 'amber',
  'message.dead': 'red',
  'message.expired': 'red',
  'run.running': 'amber',
  'run.done': 'money',
  'run.failed': 'red',
};

/** The word for a state in the reader's language; an unknown state stands as it came. */
export function stateWord(kind: StateKind, state: string): string {
  const key = `state:${kind}.${state}`;
  return i18n.exists(key) ? i18n.t(key as never) : state;
}

/** The chip of a state. */
export function StateBadge({ kind, state }: { kind: StateKind; state: string }) {
  useTranslation(); // renders anew when the language changes
  return (
    <Badge color={TONE[`${kind}.${state}`] ?? 'gray'} variant="light">
      {stateWord(kind, state)}
    </Badge>
  );
}
