import type { AsyncRouteComponent } from '@tanstack/react-router';
import { useMe } from '@/api/session';
import { holdsAny } from '@/lib/can';
import { NoPermission } from './states';

/**
 * A page for those who hold one of some permissions. Others are told so, and nothing is asked of the
 * server that it would refuse.
 */
export function only(
  any: string[],
  Page: AsyncRouteComponent<object>,
): AsyncRouteComponent<object> {
  function Guarded(props: object) {
    return holdsAny(useMe(), any) ? <Page {...props} /> : <NoPermission />;
  }
  Guarded.preload = Page.preload;
  return Guarded;
}
