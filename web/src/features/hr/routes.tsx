import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { listSearch } from '@/lib/list-state';
import { only } from '@/ui/only';

/** People's working life: for HR and the owner everybody's, for each person their own. */
export function hrRoutes(shell: AnyRoute) {
  const under = { getParentRoute: () => shell } as const;
  return [
    createRoute({
      ...under,
      path: '/attendance',
      component: only(
        ['attendance_read'],
        lazyRouteComponent(() => import('./pages/attendance'), 'AttendancePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/people',
      validateSearch: listSearch,
      component: only(
        ['staff_read'],
        lazyRouteComponent(() => import('./pages/people'), 'PeoplePage'),
      ),
    }),
    createRoute({
      ...under,
      path: '/earnings',
      validateSearch: listSearch,
      component: only(
        ['earning_read'],
        lazyRouteComponent(() => import('./pages/earnings'), 'EarningsPage'),
      ),
    }),
    // In the office and in the field.
    ...['/my-earnings', '/field/earnings'].map((path) =>
      createRoute({
        ...under,
        path,
        component: only(
          ['self_read'],
          lazyRouteComponent(() => import('./pages/my-earnings'), 'MyEarningsPage'),
        ),
      }),
    ),
    createRoute({
      ...under,
      path: '/field/attendance',
      component: only(
        ['attendance_own'],
        lazyRouteComponent(() => import('./pages/my-attendance'), 'MyAttendancePage'),
      ),
    }),
  ];
}
