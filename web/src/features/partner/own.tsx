import type { ReactNode } from 'react';
import { useMe } from '@/api/session';
import { NoPermission } from '@/ui/states';

/** The portal is the reseller's own: nobody else has a wallet here. */
export function Own({ children }: { children: (partner: string) => ReactNode }) {
  const me = useMe();
  return me.partner_id ? <>{children(me.partner_id)}</> : <NoPermission />;
}
