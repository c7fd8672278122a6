import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import type { Section } from '../nav';
import classes from './office.module.css';
import { Places } from './places';
import { Drawer } from '@/ui/windows';

/** The sections on a phone, from the menu button. */
export function PlacesDrawer({ sections, close }: { sections: Section[]; close: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <Drawer opened onClose={close} position="left" title={me.company ?? t('app_name')} size="sm">
      <nav className={classes.drawerPlaces} aria-label={t('menu')} onClick={close}>
        <Places sections={sections} />
      </nav>
    </Drawer>
  );
}
