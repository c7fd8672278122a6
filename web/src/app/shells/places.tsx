import { Link, useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/ui/icon';
import type { Section } from '../nav';
import classes from './office.module.css';

/** The role's own sections. */
export function Places({ sections }: { sections: Section[] }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return sections.map((section) => (
    <Link
      key={section.key}
      to={section.to}
      className={classes.place}
      data-within={isWithin(section, pathname) || undefined}
      activeOptions={{ exact: section.to === '/', includeSearch: false }}
    >
      <Icon name={section.icon} />
      {t(section.key)}
    </Link>
  ));
}

function isWithin(section: Section, pathname: string): boolean {
  return section.also?.some((one) => pathname === one || pathname.startsWith(`${one}/`)) === true;
}
