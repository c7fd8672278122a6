// The console: a slim rail with the role's own sections, a bar with branch, search and person.
import { ActionIcon, Badge, Drawer, Tooltip, UnstyledButton } from '@mantine/core';
import { DatesProvider } from '@mantine/dates';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import 'dayjs/locale/id';
import { ownBranch, useMe } from '@/api/session';
import { useLang } from '@/locales';
import { Icon } from '@/ui/icon';
import { type Section, sectionsOf } from '../nav';
import { Finder } from './finder';
import classes from './office.module.css';
import { PersonMenu } from './person-menu';

/** Dates are picked in the console only. */
export function OfficeShell() {
  return (
    <DatesProvider settings={{ locale: useLang(), firstDayOfWeek: 1 }}>
      <Frame />
    </DatesProvider>
  );
}

function Frame() {
  const { t } = useTranslation();
  const me = useMe();
  const [finding, find] = useDisclosure(false);
  const [menu, toggle] = useDisclosure(false);
  useHotkeys([['mod+K', find.open]], []);
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
        <UnstyledButton className={classes.find} onClick={find.open}>
          <Icon name="search" size={16} />
          {t('find_anything')}
          <kbd>{t('find_keys')}</kbd>
        </UnstyledButton>
        <span style={{ flex: 1 }} />
        <Tooltip label={me.company ?? t('app_name')}>
          <Badge
            className={classes.branchName}
            variant="default"
            tt="none"
            radius="sm"
            size="lg"
            fw={400}
            leftSection={<Icon name="pin" size={14} />}
          >
            {ownBranch(me)?.name ?? t('all_branches')}
          </Badge>
        </Tooltip>
        <PersonMenu />
      </header>
      <nav className={classes.rail} aria-label={t('menu')}>
        <Places sections={sections} />
      </nav>
      <main className={classes.main} id="content">
        <Outlet />
      </main>
      <Finder opened={finding} close={find.close} />
      <Drawer
        opened={menu}
        onClose={toggle.close}
        position="left"
        title={me.company ?? t('app_name')}
        size="sm"
      >
        <nav className={classes.drawerPlaces} aria-label={t('menu')} onClick={toggle.close}>
          <Places sections={sections} />
        </nav>
      </Drawer>
    </div>
  );
}

function Places({ sections }: { sections: Section[] }) {
  const { t } = useTranslation();
  return sections.map((section) => (
    <Link
      key={section.key}
      to={section.to}
      className={classes.place}
      activeOptions={{ exact: section.to === '/', includeSearch: false }}
    >
      <Icon name={section.icon} />
      {t(section.key)}
    </Link>
  ));
}
