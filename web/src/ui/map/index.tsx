import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { MapProps } from './map-view';

const MapView = lazy(() => import('./map-view').then((file) => ({ default: file.MapView })));

/** A map; its program is fetched only when one is shown. */
export function AreaMap(props: MapProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height} radius="md" />}>
      <MapView {...props} />
    </Suspense>
  );
}

export type { Box, MapArea, MapOdp, MapPerson } from './map-view';
