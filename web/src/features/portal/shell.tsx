// The customers' shell: phone first, four places at the bottom.
import { Link, Outlet } from '@tanstack/react-router';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Zoned } from '@/api/session';
import { path } from '@/lib/path';
import { Icon, type IconName } from '@/ui/icon';
import { ChoosePage } from './pages/choose';
import classes from './portal.module.css';
import { portalSession } from './session';

const PLACES: { to: string; icon: IconName; label: 'home' | 'bills' | 'usage' | 'settings' }[] = [
  { to: path.me(), icon: 'home', label: 'home' },
  { to: path.myBills(), icon: 'invoice', label: 'bills' },
  { to: path.myUsage(), icon: 'network', label: 'usage' },
  { to: path.mySettings(), icon: 'lead', label: 'settings' },
];

export function PortalShell() {
  const { t } = useTranslation('portal');
  const session = useSuspenseQuery(portalSession()).data;
  return (
    <div className={classes.frame}>
      <header className={classes.bar}>
        <img src="/favicon.svg" alt="" width={28} height={28} />
        {session.company}
      </header>
      <main className={classes.main} id="content">
        <Zoned zone={session.zone}>{session.customer_id ? <Outlet /> : <ChoosePage />}</Zoned>
      </main>
      {session.customer_id && (
        <nav className={classes.places} aria-label={t('title')}>
          {PLACES.map((place) => (
            <Link
              key={place.to}
              to={place.to}
              className={classes.place}
              activeOptions={{ exact: place.label === 'home', includeSearch: false }}
            >
              <Icon name={place.icon} size={24} />
              {t(`nav_${place.label}`)}
            </Link>
          ))}
        </nav>
      )}
    </div>
  );
}
