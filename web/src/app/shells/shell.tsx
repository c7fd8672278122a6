import { Navigate, useLocation } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useLive } from '@/api/live';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { useExpired } from '../expired';
import { worksAsReseller, worksInField } from '../nav';
import { RoutePending } from '../pages/edges';

// Each face loads its own frame only.
const FieldShell = lazy(async () => ({ default: (await import('./field')).FieldShell }));
const FieldWork = lazy(async () => ({ default: (await import('./field-work')).FieldWork }));
const OfficeShell = lazy(async () => ({ default: (await import('./office')).OfficeShell }));
const PartnerShell = lazy(async () => ({ default: (await import('./partner')).PartnerShell }));
const LoginAgain = lazy(async () => ({ default: (await import('./login-again')).LoginAgain }));

/** The frame that fits the person's work; a duty (a new password, say) comes before everything. */
export function Shell() {
  const me = useMe();
  const expired = useExpired();
  useLive(!expired);
  const { pathname } = useLocation();
  if (me.duty != null && pathname !== path.account())
    return <Navigate to={path.account()} replace />;
  return (
    <Suspense fallback={<RoutePending />}>
      {holds(me, 'job_progress') && <FieldWork />}
      {worksAsReseller(me) ? <PartnerShell /> : worksInField(me) ? <FieldShell /> : <OfficeShell />}
      {expired && (
        <Suspense>
          <LoginAgain />
        </Suspense>
      )}
    </Suspense>
  );
}
