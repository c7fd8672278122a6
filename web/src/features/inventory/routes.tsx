import { type AnyRoute, createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { path } from '@/lib/path';

/** Stock: what is where, goods in, hand-over, the technician's bag. */
export function inventoryRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/stock',
      component: lazyRouteComponent(() => import('./pages/stock'), 'StockPage'),
    }),
    createRoute({
      ...under,
      path: '/stock/receive',
      component: lazyRouteComponent(() => import('./pages/receive'), 'ReceivePage'),
    }),
    createRoute({
      ...under,
      path: '/stock/transfer',
      component: lazyRouteComponent(() => import('./pages/transfer'), 'TransferPage'),
    }),
    createRoute({
      ...under,
      path: '/stock/places',
      component: lazyRouteComponent(() => import('./pages/places'), 'PlacesPage'),
    }),
    createRoute({
      ...under,
      path: '/stock/items/$id',
      component: lazyRouteComponent(() => import('./pages/item'), 'ItemPage'),
    }),
    createRoute({
      ...under,
      path: '/field/bag',
      component: lazyRouteComponent(() => import('./pages/bag'), 'BagPage'),
    }),
    // As it was before; bookmarks still know it.
    createRoute({
      ...under,
      path: '/bag',
      beforeLoad: () => {
        throw redirect({ href: path.bag(), replace: true });
      },
    }),
  ];
}
