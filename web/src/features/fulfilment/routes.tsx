import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

/** Work orders for the office, jobs for the technician. */
export function fulfilmentRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/work-orders',
      component: lazyRouteComponent(() => import('./pages/work-orders'), 'WorkOrdersPage'),
    }),
    createRoute({
      ...under,
      path: '/work-orders/$id',
      component: lazyRouteComponent(() => import('./pages/work-order'), 'WorkOrderPage'),
    }),
    createRoute({
      ...under,
      path: '/jobs',
      component: lazyRouteComponent(() => import('./pages/jobs'), 'JobsPage'),
    }),
    createRoute({
      ...under,
      path: '/jobs/$id',
      component: lazyRouteComponent(() => import('./pages/job'), 'JobPage'),
    }),
  ];
}
