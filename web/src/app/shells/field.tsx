// The technician's shell: phone first, one thumb, a few places at the bottom.
import { Indicator } from '@mantine/core';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { holds } from '@/lib/can';
import { path } from '@/lib/path';
import { useQueue } from '@/pwa/offline-queue';
import { Icon } from '@/ui/icon';
import classes from './field.module.css';
import { Person } from './person';

const AttendanceStrip = lazy(async () => ({
  default: (await import('@/features/hr/parts/strip')).AttendanceStrip,
}));
const HeldStrip = lazy(async () => ({
  default: (await import('@/features/billing/parts/held-strip')).HeldStrip,
}));

export function FieldShell() {
  const { t } = useTranslation();
  const me = useMe();
  const { pathname } = useLocation();
  const { ops, photos } = useQueue();
  const waiting = ops.length + photos.length;
  const refused = [...ops, ...photos].some((one) => one.refusal != null);
  return (
    <div className={classes.frame}>
      <header className={classes.bar}>
        <img src="/favicon.svg" alt="" width={28} height={28} />
        <span className={classes.company}>{me.company ?? t('app_name')}</span>
        <Person />
      </header>
      <main className={classes.main} id="content">
        {pathname === path.jobs() && holds(me, 'attendance_check') && (
          <Suspense>
            <AttendanceStrip />
          </Suspense>
        )}
        {holds(me, 'cash_collect') && (pathname === path.jobs() || pathname === path.bag()) && (
          <Suspense>
            <HeldStrip always={pathname === path.bag()} />
          </Suspense>
        )}
        <Outlet />
      </main>
      <nav className={classes.places} aria-label={t('menu')}>
        <Link
          to={path.jobs()}
          className={classes.place}
          activeOptions={{ exact: true, includeSearch: false }}
        >
          <Icon name="truck" size={24} />
          {t('nav_jobs')}
        </Link>
        <Link to={path.bag()} className={classes.place} activeOptions={{ includeSearch: false }}>
          <Icon name="bag" size={24} />
          {t('nav_bag')}
        </Link>
        <Link
          to={path.tickets()}
          className={classes.place}
          activeOptions={{ includeSearch: false }}
        >
          <Icon name="question" size={24} />
          {t('nav_tickets')}
        </Link>
        <Link to={path.queue()} className={classes.place} activeOptions={{ includeSearch: false }}>
          <Indicator
            label={waiting}
            size={16}
            color={refused ? 'red' : 'amber'}
            disabled={waiting === 0}
            style={{ lineHeight: 0 }}
          >
            <Icon name="run" size={24} />
          </Indicator>
          {t('nav_queue')}
        </Link>
      </nav>
    </div>
  );
}
