import { UnstyledButton, VisuallyHidden, type UnstyledButtonProps } from '@mantine/core';
import { type ComponentPropsWithoutRef, lazy, type Ref, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { Icon } from '@/ui/icon';
import classes from './office.module.css';

const menu = () => import('./person-menu');
const PersonMenu = lazy(async () => ({ default: (await menu()).PersonMenu }));

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? '')
    .join('');
}

type FaceProps = UnstyledButtonProps &
  ComponentPropsWithoutRef<'button'> & { ref?: Ref<HTMLButtonElement> };

/** The button that opens the menu. */
export function Face(props: FaceProps) {
  const { t } = useTranslation('common');
  const me = useMe();
  return (
    <UnstyledButton aria-haspopup="menu" {...props} className={classes.person}>
      <VisuallyHidden>{t('person_menu', { name: me.name })}</VisuallyHidden>
      <span className={classes.face} aria-hidden>
        {initials(me.name)}
      </span>
      <Icon name="down" size={14} />
    </UnstyledButton>
  );
}

/**
 * Who is logged in. The menu comes when it is reached for: the page is there before it. Its button takes the place,
 * and the focus, of the one that was pressed.
 */
export function Person() {
  const [opened, setOpened] = useState(false);
  if (!opened) {
    return (
      <Face
        onPointerEnter={() => void menu()}
        onFocus={() => void menu()}
        onClick={() => setOpened(true)}
      />
    );
  }
  return (
    <Suspense fallback={<Face data-expanded autoFocus />}>
      <PersonMenu />
    </Suspense>
  );
}
