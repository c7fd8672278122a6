import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

/** The customers' pages, under their own shell. */
export function portalRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/me',
      component: lazyRouteComponent(() => import('./pages/home'), 'PortalHomePage'),
    }),
    createRoute({
      ...under,
      path: '/me/bills',
      component: lazyRouteComponent(() => import('./pages/bills'), 'PortalBillsPage'),
    }),
    createRoute({
      ...under,
      path: '/me/bills/$id',
      component: lazyRouteComponent(() => import('./pages/bill'), 'PortalBillPage'),
    }),
    createRoute({
      ...under,
      path: '/me/usage',
      component: lazyRouteComponent(() => import('./pages/usage'), 'PortalUsagePage'),
    }),
    createRoute({
      ...under,
      path: '/me/report',
      component: lazyRouteComponent(() => import('./pages/report'), 'PortalReportPage'),
    }),
    createRoute({
      ...under,
      path: '/me/report/$id',
      component: lazyRouteComponent(() => import('./pages/ticket'), 'PortalTicketPage'),
    }),
    createRoute({
      ...under,
      path: '/me/settings',
      component: lazyRouteComponent(() => import('./pages/settings'), 'PortalSettingsPage'),
    }),
  ];
}
