import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { only } from '@/ui/only';

/** Money: invoices, payments, the counter, billing runs, and what waits for a person. */
export function billingRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/invoices',
      component: only(
        ['invoice_read'],
        lazyRouteComponent(() => import('./pages/invoices'), 'InvoicesPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/invoices/$id',
      component: only(
        ['invoice_read'],
        lazyRouteComponent(() => import('./pages/invoice'), 'InvoicePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/payments',
      component: only(
        ['payment_read'],
        lazyRouteComponent(() => import('./pages/payments'), 'PaymentsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/payments/$id',
      component: only(
        ['payment_read'],
        lazyRouteComponent(() => import('./pages/payment'), 'PaymentPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/approvals',
      component: only(
        ['payment_approve'],
        lazyRouteComponent(() => import('./pages/approvals'), 'ApprovalsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/notices',
      component: only(
        ['ledger_read'],
        lazyRouteComponent(() => import('./pages/notices'), 'NoticesPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/cash',
      component: only(
        ['ledger_read'],
        lazyRouteComponent(() => import('./pages/cash'), 'CashPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/cash/holders/$id',
      component: only(
        ['payment_write'],
        lazyRouteComponent(() => import('./pages/holder'), 'HolderPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/field/cash',
      component: only(
        ['cash_collect'],
        lazyRouteComponent(() => import('./pages/held'), 'HeldPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/field/cash/$id',
      component: only(
        ['cash_collect'],
        lazyRouteComponent(() => import('./pages/collect'), 'CollectPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/aging',
      component: only(
        ['ledger_read'],
        lazyRouteComponent(() => import('./pages/aging'), 'AgingPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/withholdings',
      component: only(
        ['ledger_read'],
        lazyRouteComponent(() => import('./pages/withholdings'), 'WithholdingsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/vouchers',
      component: only(
        ['voucher_read'],
        lazyRouteComponent(() => import('./pages/vouchers'), 'VouchersPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/vouchers/$id',
      component: only(
        ['voucher_read'],
        lazyRouteComponent(() => import('./pages/vouchers'), 'VoucherPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/sweeps',
      component: only(
        ['sweep_approve'],
        lazyRouteComponent(() => import('./pages/sweeps'), 'SweepsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/cashier',
      component: only(
        ['payment_write'],
        lazyRouteComponent(() => import('./pages/cashier'), 'CashierPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/billing-runs',
      component: only(
        ['billing_run'],
        lazyRouteComponent(() => import('./pages/runs'), 'RunsPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/billing-runs/$id',
      component: only(
        ['billing_run'],
        lazyRouteComponent(() => import('./pages/run'), 'RunPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/setup/gateways',
      component: only(
        ['ledger_read'],
        lazyRouteComponent(() => import('./pages/gateways'), 'GatewaysPage'),
      ),
    }),
  ];
}
