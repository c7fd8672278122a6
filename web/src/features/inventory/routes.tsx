import { type AnyRoute, createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { path } from '@/lib/path';
import { only } from '@/ui/only';

/** Stock: what is where, goods in, hand-over, the technician's bag; what is bought. */
export function inventoryRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/stock',
      component: only(
        ['stock_read'],
        lazyRouteComponent(() => import('./pages/stock'), 'StockPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/stock/receive',
      component: only(
        ['stock_write'],
        lazyRouteComponent(() => import('./pages/receive'), 'ReceivePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/stock/transfer',
      component: only(
        ['stock_write'],
        lazyRouteComponent(() => import('./pages/transfer'), 'TransferPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/stock/places',
      component: only(
        ['stock_read'],
        lazyRouteComponent(() => import('./pages/places'), 'PlacesPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/stock/counts',
      component: only(
        ['stock_read'],
        lazyRouteComponent(() => import('./pages/counts'), 'CountsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/stock/counts/$id',
      component: only(
        ['stock_read'],
        lazyRouteComponent(() => import('./pages/count'), 'CountPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/stock/items/$id',
      component: only(
        ['stock_read'],
        lazyRouteComponent(() => import('./pages/item'), 'ItemPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/purchases',
      component: only(
        ['purchase_read'],
        lazyRouteComponent(() => import('./pages/purchases'), 'PurchasesPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/purchases/new',
      component: only(
        ['purchase_write'],
        lazyRouteComponent(() => import('./pages/purchase-form'), 'NewPurchasePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/purchases/suppliers',
      component: only(
        ['purchase_read'],
        lazyRouteComponent(() => import('./pages/suppliers'), 'SuppliersPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/purchases/$id',
      component: only(
        ['purchase_read'],
        lazyRouteComponent(() => import('./pages/purchase'), 'PurchasePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/purchases/$id/edit',
      component: only(
        ['purchase_write'],
        lazyRouteComponent(() => import('./pages/purchase-form'), 'EditPurchasePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/purchases/$id/receive',
      component: only(
        ['purchase_write'],
        lazyRouteComponent(() => import('./pages/receive-purchase'), 'ReceivePurchasePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/field/bag',
      component: only(
        ['bag_read'],
        lazyRouteComponent(() => import('./pages/bag'), 'BagPage'),
      ),
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
