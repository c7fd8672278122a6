import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { only } from '@/ui/only';

/** Attendance: the day of everybody for HR and the owner, one's own for who comes and goes. */
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
      path: '/field/attendance',
      component: only(
        ['attendance_own'],
        lazyRouteComponent(() => import('./pages/my-attendance'), 'MyAttendancePage'),
      ),
    }),
  ];
}
