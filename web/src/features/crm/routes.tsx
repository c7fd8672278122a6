import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { api } from '@/api/client';

/** Sales: leads, the coverage map, customers. */
export function crmRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/leads',
      component: lazyRouteComponent(() => import('./pages/leads'), 'LeadsPage'),
    }),
    createRoute({
      ...under,
      path: '/leads/new',
      component: lazyRouteComponent(() => import('./pages/new-lead'), 'NewLeadPage'),
    }),
    createRoute({
      ...under,
      path: '/leads/$id',
      loader: ({ context, params }) =>
        void context.queries.prefetchQuery(
          api.queryOptions('get', '/api/v1/leads/{id}', { params: { path: { id: params.id } } }),
        ),
      component: lazyRouteComponent(() => import('./pages/lead'), 'LeadPage'),
    }),
    createRoute({
      ...under,
      path: '/coverage',
      component: lazyRouteComponent(() => import('./pages/coverage'), 'CoveragePage'),
    }),
    createRoute({
      ...under,
      path: '/customers',
      component: lazyRouteComponent(() => import('./pages/customers'), 'CustomersPage'),
    }),
  ];
}
