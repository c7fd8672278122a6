// The reseller's shell: phone first, one thumb, four places at the bottom.
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { path } from '@/lib/path';
import { Icon, type IconName } from '@/ui/icon';
import classes from './field.module.css';
import { Person } from './person';

const PLACES = [
  { key: 'place_home', to: path.partner(), icon: 'home', exact: true },
  { key: 'place_customers', to: path.partnerCustomers(), icon: 'people', exact: false },
  { key: 'place_wallet', to: path.partnerWallet(), icon: 'cash', exact: false },
  { key: 'place_commission', to: path.partnerCommission(), icon: 'run', exact: false },
] as const satisfies { key: string; to: string; icon: IconName; exact: boolean }[];

export function PartnerShell() {
  const { t } = useTranslation(['partner', 'common']);
  const me = useMe();
  return (
    <div className={classes.frame}>
      <header className={classes.bar}>
        <img src="/favicon.svg" alt="" width={28} height={28} />
        <span className={classes.company}>{me.company ?? t('common:app_name')}</span>
        <Person />
      </header>
      <main className={classes.main} id="content">
        <Outlet />
      </main>
      <nav className={classes.places} aria-label={t('common:menu')}>
        {PLACES.map((place) => (
          <Link
            key={place.key}
            to={place.to}
            className={classes.place}
            activeOptions={{ exact: place.exact, includeSearch: false }}
          >
            <Icon name={place.icon} size={24} />
            {t(place.key)}
          </Link>
        ))}
      </nav>
    </div>
  );
}
