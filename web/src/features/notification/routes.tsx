import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { only } from '@/ui/only';

/** Messages to customers. */
export function notificationRoutes(shell: AnyRoute) {
  return [
    createRoute({
      getParentRoute: () => shell,
      path: '/messages',
      component: only(
        ['message_read'],
        lazyRouteComponent(() => import('./pages/messages'), 'MessagesPage'),
      ),
    }),
  ];
}
