import { Navigate, useLocation } from '@tanstack/react-router';
import { useLive } from '@/api/live';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { useExpired } from '../expired';
import { worksAsReseller, worksInField } from '../nav';
import { FieldShell } from './field';
import { FieldWork } from './field-work';
import { LoginAgain } from './login-again';
import { OfficeShell } from './office';
import { PartnerShell } from './partner';

/** The frame that fits the person's work; a duty (a new password, say) comes before everything. */
export function Shell() {
  const me = useMe();
  const expired = useExpired();
  useLive(!expired);
  const { pathname } = useLocation();
  if (me.duty != null && pathname !== path.account())
    return <Navigate to={path.account()} replace />;
  return (
    <>
      {holds(me, 'job_progress') && <FieldWork />}
      {worksAsReseller(me) ? <PartnerShell /> : worksInField(me) ? <FieldShell /> : <OfficeShell />}
      <LoginAgain />
    </>
  );
}
