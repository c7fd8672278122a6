import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

/** Messages to customers. */
export function notificationRoutes(shell: AnyRoute) {
  return [
    createRoute({
      getParentRoute: () => shell,
      path: '/messages',
      component: lazyRouteComponent(() => import('./pages/messages'), 'MessagesPage'),
    }),
  ];
}
