import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { only } from '@/ui/only';

/** The reseller's portal, and resellers as finance and the owner see them. */
export function partnerRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  const money = ['wallet_read'];
  return [
    createRoute({
      ...under,
      path: '/partner',
      component: only(
        money,
        lazyRouteComponent(() => import('./pages/home'), 'PartnerHomePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/partner/customers',
      component: only(
        ['customer_read'],
        lazyRouteComponent(() => import('./pages/customers'), 'PartnerCustomersPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/partner/customers/$id',
      component: only(
        ['customer_read'],
        lazyRouteComponent(() => import('./pages/customer'), 'PartnerCustomerPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/partner/leads',
      component: only(
        ['lead_read'],
        lazyRouteComponent(() => import('./pages/leads'), 'PartnerLeadsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/partner/leads/$id',
      component: only(
        ['lead_read'],
        lazyRouteComponent(() => import('./pages/lead'), 'PartnerLeadPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/partner/pay/$id',
      component: only(
        ['invoice_pay'],
        lazyRouteComponent(() => import('./pages/pay'), 'PartnerPayPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/partner/wallet',
      component: only(
        money,
        lazyRouteComponent(() => import('./pages/wallet'), 'PartnerWalletPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/partner/top-up',
      component: only(
        ['wallet_top_up'],
        lazyRouteComponent(() => import('./pages/top-up'), 'PartnerTopUpPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/partner/commission',
      component: only(
        money,
        lazyRouteComponent(() => import('./pages/commission'), 'PartnerCommissionPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/resellers',
      component: only(
        ['wallet_approve', 'partner_write'],
        lazyRouteComponent(() => import('./pages/resellers'), 'ResellersPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/resellers/top-ups',
      component: only(
        ['wallet_approve'],
        lazyRouteComponent(() => import('./pages/top-ups'), 'TopUpsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/resellers/$id',
      component: only(
        ['wallet_approve', 'partner_write'],
        lazyRouteComponent(() => import('./pages/reseller'), 'ResellerPage'),
      ),
    }),
  ];
}
