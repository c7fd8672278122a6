import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { listSearch } from '@/lib/list-state';
import { only } from '@/ui/only';

/** The engines that are attached, and where they differ from us. */
export function bridgeRoutes(shell: AnyRoute) {
  return [
    createRoute({
      getParentRoute: () => shell,
      path: '/engines',
      validateSearch: listSearch,
      component: only(
        ['engine_read'],
        lazyRouteComponent(() => import('./pages/engines'), 'EnginesPage'),
      ),
    }),
    createRoute({
      getParentRoute: () => shell,
      path: '/engines/proof',
      validateSearch: listSearch,
      component: only(
        ['engine_read'],
        lazyRouteComponent(() => import('./pages/proof'), 'ProofPage'),
      ),
    }),
  ];
}
