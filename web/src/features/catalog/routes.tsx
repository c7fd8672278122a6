import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { only } from '@/ui/only';

/** What the ISP is and sells: company, branches, taxes, plans, rules. */
export function catalogRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/setup/company',
      component: only(
        ['settings_read'],
        lazyRouteComponent(() => import('./pages/company'), 'CompanyPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/setup/plans',
      component: only(
        ['plan_read'],
        lazyRouteComponent(() => import('./pages/plans'), 'PlansPage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/setup/policy',
      component: only(
        ['policy_read'],
        lazyRouteComponent(() => import('./pages/policy'), 'PolicyPage'),
      ),
    }),
  ];
}
