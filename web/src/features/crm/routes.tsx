import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { api } from '@/api/client';
import { only } from '@/ui/only';

/** Sales: leads, the coverage map, customers. */
export function crmRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/leads',
      component: only(
        ['lead_read'],
        lazyRouteComponent(() => import('./pages/leads'), 'LeadsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/leads/new',
      component: only(
        ['lead_write'],
        lazyRouteComponent(() => import('./pages/new-lead'), 'NewLeadPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/leads/$id',
      loader: ({ context, params }) =>
        void context.queries.prefetchQuery(
          api.queryOptions('get', '/api/v1/leads/{id}', { params: { path: { id: params.id } } }),
        ),
      component: only(
        ['lead_read'],
        lazyRouteComponent(() => import('./pages/lead'), 'LeadPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/requests',
      component: only(
        ['subscription_read'],
        lazyRouteComponent(() => import('./pages/requests'), 'RequestsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/coverage',
      component: only(
        ['coverage_read'],
        lazyRouteComponent(() => import('./pages/coverage'), 'CoveragePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/customers',
      component: only(
        ['customer_read'],
        lazyRouteComponent(() => import('./pages/customers'), 'CustomersPage'),
      ),
    }),
  ];
}
