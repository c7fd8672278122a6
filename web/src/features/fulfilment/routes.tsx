import { type AnyRoute, createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { path } from '@/lib/path';
import { only } from '@/ui/only';

/** Work orders and tickets for the office, jobs for the technician. */
export function fulfilmentRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/work-orders',
      component: only(
        ['work_order_read'],
        lazyRouteComponent(() => import('./pages/work-orders'), 'WorkOrdersPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/work-orders/field-steps',
      component: only(
        ['work_order_read'],
        lazyRouteComponent(() => import('./pages/field-trouble'), 'FieldTroublePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/work-orders/$id',
      component: only(
        ['work_order_read'],
        lazyRouteComponent(() => import('./pages/work-order'), 'WorkOrderPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/tickets',
      component: only(
        ['ticket_read'],
        lazyRouteComponent(() => import('./pages/tickets'), 'TicketsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/tickets/$id',
      component: only(
        ['ticket_read'],
        lazyRouteComponent(() => import('./pages/ticket'), 'TicketPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/field',
      component: only(
        ['job_read'],
        lazyRouteComponent(() => import('./pages/jobs'), 'JobsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/field/jobs/$id',
      component: only(
        ['job_read'],
        lazyRouteComponent(() => import('./pages/job'), 'JobPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/field/queue',
      component: only(
        ['job_read'],
        lazyRouteComponent(() => import('./pages/queue'), 'QueuePage'),
      ),
    }),
    // As they were before; bookmarks still know them.
    createRoute({
      ...under,
      path: '/jobs',
      beforeLoad: () => {
        throw redirect({ href: path.jobs(), replace: true });
      },
    }),
    createRoute({
      ...under,
      path: '/jobs/$id',
      beforeLoad: ({ params }) => {
        throw redirect({ href: path.job((params as { id: string }).id), replace: true });
      },
    }),
  ];
}
