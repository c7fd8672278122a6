import { type QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { Problem } from '@/api/problem';
import { meQuery } from '@/api/session';
import { bridgeRoutes } from '@/features/bridge/routes';
import { billingRoutes } from '@/features/billing/routes';
import { catalogRoutes } from '@/features/catalog/routes';
import { crmRoutes } from '@/features/crm/routes';
import { fulfilmentRoutes } from '@/features/fulfilment/routes';
import { hrRoutes } from '@/features/hr/routes';
import { inventoryRoutes } from '@/features/inventory/routes';
import { networkRoutes } from '@/features/network/routes';
import { notificationRoutes } from '@/features/notification/routes';
import { partnerRoutes } from '@/features/partner/routes';
import { portalRoutes } from '@/features/portal/routes';
import { portalSession } from '@/features/portal/session';
import { holds } from '@/lib/can';
import { listSearch } from '@/lib/list-state';
import { path } from '@/lib/path';
import { pageShown } from '@/lib/shown';
import { fetchTexts } from '@/locales';
import { dropCopies, keepMe, keptMe } from '@/pwa/device-copy';
import { only } from '@/ui/only';
import { setExpired } from './expired';
import { roomsOf } from './rooms';
import { NotFoundPage, RouteFailed, RoutePending } from './pages/edges';
import { queries, whenLoggedOut } from './providers';
import { Shell } from './shells/shell';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  validateSearch: listSearch,
  beforeLoad: ({ location }) => fetchTexts(roomsOf(location.pathname)),
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: lazyRouteComponent(() => import('@/features/identity/pages/login'), 'LoginPage'),
});

/** The form for anybody: without a login, outside the shells. */
const signUp = createRoute({
  getParentRoute: () => root,
  path: '/daftar',
  component: lazyRouteComponent(() => import('@/features/crm/pages/sign-up'), 'SignUpPage'),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.queries.ensureQueryData(meQuery());
      if (holds(me, 'job_read')) void keepMe(me);
    } catch (error) {
      const problem = Problem.from(error);
      if (problem.status === 401) {
        await dropCopies();
        throw redirect({ to: '/login', search: { next: location.href } as never });
      }
      // A technician's phone without a network shows what lies on it.
      const known = problem.passes ? await keptMe() : null;
      if (!known) throw error;
      context.queries.setQueryData(meQuery().queryKey, known);
    }
  },
});

/** The customers' door, and their pages. */
const portalDoor = createRoute({
  getParentRoute: () => root,
  path: '/me/login',
  component: lazyRouteComponent(() => import('@/features/portal/pages/login'), 'PortalLoginPage'),
});

const portal = createRoute({
  getParentRoute: () => root,
  id: 'portal',
  component: lazyRouteComponent(() => import('@/features/portal/shell'), 'PortalShell'),
  beforeLoad: async ({ context }) => {
    try {
      await context.queries.ensureQueryData(portalSession());
    } catch (error) {
      if (Problem.from(error).status === 401) throw redirect({ to: '/me/login' });
      throw error;
    }
  },
});

const ownRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/home'), 'HomePage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/account',
    component: lazyRouteComponent(() => import('@/features/identity/pages/account'), 'AccountPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/setup/users',
    component: only(
      ['user_read'],
      lazyRouteComponent(() => import('@/features/identity/pages/users'), 'UsersPage'),
    ),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/customers/$id',
    component: only(
      ['customer_read'],
      lazyRouteComponent(() => import('./pages/customer'), 'CustomerPage'),
    ),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/partner/leads/new',
    component: only(
      ['lead_write'],
      lazyRouteComponent(() => import('./pages/partner/register'), 'RegisterPage'),
    ),
  }),
];

const routeTree = root.addChildren([
  login,
  signUp,
  portalDoor,
  portal.addChildren(portalRoutes(portal)),
  shell.addChildren([
    ...ownRoutes,
    ...catalogRoutes(shell),
    ...crmRoutes(shell),
    ...billingRoutes(shell),
    ...fulfilmentRoutes(shell),
    ...hrRoutes(shell),
    ...inventoryRoutes(shell),
    ...networkRoutes(shell),
    ...notificationRoutes(shell),
    ...partnerRoutes(shell),
    ...bridgeRoutes(shell),
  ]),
]);

export const router = createRouter({
  routeTree,
  context: { queries },
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: RouteFailed,
  defaultPendingComponent: RoutePending,
  defaultPendingMs: 300,
  defaultNotFoundComponent: NotFoundPage,
  // every value in an address is a text: `?q=0812` stays what was typed
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const filled = Object.entries(search).filter(
      ([, value]) => value !== undefined && value !== '',
    );
    const text = new URLSearchParams(filled.map(([key, value]) => [key, String(value)])).toString();
    return text ? `?${text}` : '';
  },
});

const stopWaiting = router.subscribe('onRendered', () => {
  stopWaiting();
  pageShown();
});

whenLoggedOut(() => {
  const here = router.state.location;
  if (here.pathname === path.login() || here.pathname === path.meLogin()) return;
  if (here.pathname === path.me() || here.pathname.startsWith('/me/')) {
    queries.removeQueries({ queryKey: portalSession().queryKey });
    void router.navigate({ to: '/me/login' });
    return;
  }
  void dropCopies();
  // who was at work logs in over the page and loses nothing; a stranger goes to the login
  if (queries.getQueryData(meQuery().queryKey)) {
    setExpired(true);
    return;
  }
  queries.removeQueries({ queryKey: meQuery().queryKey });
  void router.navigate({ to: '/login', search: { next: here.href } as never });
});
