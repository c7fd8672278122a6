import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

/** The network: sessions, NAS, rejects, what is not yet enforced. */
export function networkRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/network',
      component: lazyRouteComponent(() => import('./pages/sessions'), 'SessionsPage'),
    }),
    createRoute({
      ...under,
      path: '/network/nas',
      component: lazyRouteComponent(() => import('./pages/nas'), 'NasPage'),
    }),
    createRoute({
      ...under,
      path: '/network/rejects',
      component: lazyRouteComponent(() => import('./pages/rejects'), 'RejectsPage'),
    }),
    createRoute({
      ...under,
      path: '/network/not-enforced',
      component: lazyRouteComponent(() => import('./pages/not-enforced'), 'NotEnforcedPage'),
    }),
  ];
}
