// Windows over and beside the page: their cross has a name.
import {
  Drawer as MantineDrawer,
  type DrawerProps,
  Modal as MantineModal,
  type ModalProps,
} from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function Modal(props: ModalProps) {
  const { t } = useTranslation();
  return <MantineModal closeButtonProps={{ 'aria-label': t('close') }} {...props} />;
}

export function Drawer(props: DrawerProps) {
  const { t } = useTranslation();
  return <MantineDrawer closeButtonProps={{ 'aria-label': t('close') }} {...props} />;
}
