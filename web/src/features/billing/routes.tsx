import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { api } from '@/api/client';

/** Money: invoices, the counter, billing runs. */
export function billingRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/invoices',
      component: lazyRouteComponent(() => import('./pages/invoices'), 'InvoicesPage'),
    }),
    createRoute({
      ...under,
      path: '/invoices/$id',
      loader: ({ context, params }) =>
        void context.queries.prefetchQuery(
          api.queryOptions('get', '/api/v1/invoices/{id}', { params: { path: { id: params.id } } }),
        ),
      component: lazyRouteComponent(() => import('./pages/invoice'), 'InvoicePage'),
    }),
    createRoute({
      ...under,
      path: '/cashier',
      component: lazyRouteComponent(() => import('./pages/cashier'), 'CashierPage'),
    }),
    createRoute({
      ...under,
      path: '/billing-runs',
      component: lazyRouteComponent(() => import('./pages/runs'), 'RunsPage'),
    }),
    createRoute({
      ...under,
      path: '/billing-runs/$id',
      component: lazyRouteComponent(() => import('./pages/run'), 'RunPage'),
    }),
  ];
}
