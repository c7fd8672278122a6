// Windows over and beside the page; what draws them comes when the first is opened.
import type { DrawerProps, ModalProps } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useEver } from './once';

/** Fetches what draws them ahead of the first one. */
export const fetchWindows = () => import('./windows-shown');

const ShownModal = lazy(async () => ({ default: (await fetchWindows()).Modal }));
const ShownDrawer = lazy(async () => ({ default: (await fetchWindows()).Drawer }));

export function Modal(props: ModalProps) {
  const ever = useEver(props.opened);
  return ever ? (
    <Suspense>
      <ShownModal {...props} />
    </Suspense>
  ) : null;
}

export function Drawer(props: DrawerProps) {
  const ever = useEver(props.opened);
  return ever ? (
    <Suspense>
      <ShownDrawer {...props} />
    </Suspense>
  ) : null;
}
