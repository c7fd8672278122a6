// The technician's shell: phone first, one thumb, four places at the bottom.
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { path } from '@/lib/path';
import { Icon } from '@/ui/icon';
import classes from './field.module.css';
import { PersonMenu } from './person-menu';

export function FieldShell() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <div className={classes.frame}>
      <header className={classes.bar}>
        <img src="/favicon.svg" alt="" width={28} height={28} />
        <span className={classes.company}>{me.company ?? t('app_name')}</span>
        <PersonMenu />
      </header>
      <main className={classes.main} id="content">
        <Outlet />
      </main>
      <nav className={classes.places} aria-label={t('menu')}>
        <Link to={path.jobs()} className={classes.place} activeOptions={{ includeSearch: false }}>
          <Icon name="truck" size={24} />
          {t('nav_jobs')}
        </Link>
        <Link to={path.bag()} className={classes.place} activeOptions={{ includeSearch: false }}>
          <Icon name="bag" size={24} />
          {t('nav_bag')}
        </Link>
      </nav>
    </div>
  );
}
