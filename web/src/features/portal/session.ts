// Who is in the customers' portal: another session than the staff's.
import { api, type Schemas } from '@/api/client';

export type PortalSession = Schemas['PortalSession'];
export type PortalLine = Schemas['PortalLine'];

export const portalSession = () =>
  api.queryOptions('get', '/api/v1/portal/session', undefined, {
    staleTime: 5 * 60_000,
    retry: false,
  });

const PAYING = 'sambung.paying';

/** The payment that was begun last in this tab. */
export function paying(): string | null {
  return globalThis.sessionStorage?.getItem(PAYING) ?? null;
}

export function setPaying(reference: string | null): void {
  if (reference === null) globalThis.sessionStorage?.removeItem(PAYING);
  else globalThis.sessionStorage?.setItem(PAYING, reference);
}
