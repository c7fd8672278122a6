// The console: a slim rail with the role's own sections, a bar with branch, search and person.
import { ActionIcon, Badge, UnstyledButton } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { Link, Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ownBranch, useMe } from '@/api/session';
import { hearTyping } from '@/lib/hear-typing';
import { afterShown } from '@/lib/shown';
import { Icon } from '@/ui/icon';
import { fetchWindows } from '@/ui/windows';
import { sectionsOf } from '../nav';
import classes from './office.module.css';
import { Places } from './places';
import { Person } from './person';

// The page is there before what opens over it.
const finder = () => import('./finder');
const Finder = lazy(async () => ({ default: (await finder()).Finder }));
const PlacesDrawer = lazy(async () => ({
  default: (await import('./places-drawer')).PlacesDrawer,
}));

export function OfficeShell() {
  const { t } = useTranslation();
  const me = useMe();
  const [finding, find] = useDisclosure(false);
  const [menu, toggle] = useDisclosure(false);
  const heard = useRef((): string => '');
  const openFinder = () => {
    if (finding) return;
    heard.current = hearTyping();
    find.open();
  };
  useHotkeys([['mod+K', openFinder]], []);
  // Whoever presses Ctrl-K types on at once.
  useEffect(() => {
    void afterShown().then(() => Promise.all([finder(), fetchWindows()]));
  }, []);
  const sections = sectionsOf(me);
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content">
        {t('skip')}
      </a>
      <div className={classes.brand}>
        <Link to="/" aria-label={t('nav_home')}>
          <img src="/favicon.svg" alt="" width={32} height={32} />
        </Link>
      </div>
      <header className={classes.bar}>
        <ActionIcon
          hiddenFrom="sm"
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t('menu')}
          onClick={toggle.open}
        >
          <Icon name="menu" />
        </ActionIcon>
        <UnstyledButton className={classes.find} onClick={openFinder}>
          <Icon name="search" size={16} />
          {t('find_anything')}
          <kbd>{t('find_keys')}</kbd>
        </UnstyledButton>
        <span className={classes.space} />
        <Badge
          className={classes.branchName}
          title={me.company ?? t('app_name')}
          variant="default"
          tt="none"
          radius="sm"
          size="lg"
          fw={400}
          leftSection={<Icon name="pin" size={14} />}
        >
          {ownBranch(me)?.name ?? t('all_branches')}
        </Badge>
        <Person />
      </header>
      <nav className={classes.rail} aria-label={t('menu')}>
        <Places sections={sections} />
      </nav>
      <main className={classes.main} id="content">
        <Outlet />
      </main>
      <Suspense>
        {finding && <Finder heard={() => heard.current()} close={find.close} />}
        {menu && <PlacesDrawer sections={sections} close={toggle.close} />}
      </Suspense>
    </div>
  );
}
