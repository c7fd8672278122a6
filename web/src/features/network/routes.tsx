import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { only } from '@/ui/only';

/** The network: sessions, accounts, NAS, rejects, what is not yet enforced, and how fast it goes. */
export function networkRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/network',
      component: only(
        ['session_read'],
        lazyRouteComponent(() => import('./pages/sessions'), 'SessionsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/network/sessions/$id',
      component: only(
        ['session_read'],
        lazyRouteComponent(() => import('./pages/session'), 'SessionPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/network/accounts',
      component: only(
        ['account_read'],
        lazyRouteComponent(() => import('./pages/accounts'), 'AccountsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/network/accounts/$id',
      component: only(
        ['account_read'],
        lazyRouteComponent(() => import('./pages/account'), 'AccountPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/network/nas',
      component: only(
        ['nas_read'],
        lazyRouteComponent(() => import('./pages/nas'), 'NasPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/network/rejects',
      component: only(
        ['session_read'],
        lazyRouteComponent(() => import('./pages/rejects'), 'RejectsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/network/not-enforced',
      component: only(
        ['session_read'],
        lazyRouteComponent(() => import('./pages/not-enforced'), 'NotEnforcedPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/network/timings',
      component: only(
        ['session_read'],
        lazyRouteComponent(() => import('./pages/timings'), 'TimingsPage'),
      ),
    }),
  ];
}
