// What happens elsewhere shows here: the server's events are doorbells, the pages read anew.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

/** Not more often than this, however much happens. */
const PAUSE_MS = 1500;

const NAMES = [
  'lead_registered',
  'lead_converted',
  'subscription_created',
  'subscription_ready',
  'subscription_activated',
  'subscription_paused',
  'subscription_resumed',
  'subscription_terminated',
  'subscription_cancelled',
  'plan_changed',
  'holds_changed',
  'promise_changed',
  'invoice_issued',
  'invoices_issued',
  'invoice_credited',
  'invoice_paid',
  'invoice_reopened',
  'payment_received',
  'payment_reversed',
  'work_order_opened',
  'work_order_assigned',
  'work_order_on_the_way',
  'device_scanned',
  'work_order_done',
  'work_order_failed',
  'work_order_cancelled',
  'ticket_opened',
  'ticket_changed',
  'ticket_asked',
  'ticket_resolved',
  'ticket_reopened',
  'ticket_closed',
  'ticket_breached',
  'item_moved',
  'account_changed',
  'nas_changed',
  'access_changed',
  'access_enforced',
  'session_opened',
  'session_closed',
  'wallet_changed',
  'lagged',
];

/** Reads what is on the screen anew when something happened; who gets no events polls as before. */
export function useLive(on: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!on) return;
    let timer = 0;
    const ring = () => {
      if (timer) return;
      timer = window.setTimeout(() => {
        timer = 0;
        void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] === 'get' });
      }, PAUSE_MS);
    };
    const source = new EventSource('/api/v1/events');
    for (const name of NAMES) source.addEventListener(name, ring);
    return () => {
      source.close();
      window.clearTimeout(timer);
    };
  }, [queries, on]);
}
