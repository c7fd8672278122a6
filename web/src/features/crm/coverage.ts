import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, client } from '@/api/client';
import { useCan } from '@/api/session';
import type { Box, MapArea, MapOdp } from '@/ui/map';

type Network = { areas: MapArea[]; odps: MapOdp[]; error: unknown };

const NOTHING: Network = { areas: [], odps: [], error: null };

type Feature = { id?: unknown; geometry: unknown; properties: Record<string, unknown> | null };

/** What can be served: areas and ODPs, as the map draws them; nothing for who may not read it. */
export function useNetworkOnMap(): Network {
  const can = useCan();
  const found = api.useQuery(
    'get',
    '/api/v1/coverage/map',
    {},
    { staleTime: 60_000, enabled: can('coverage_read').allowed, select: read },
  );
  return found.data ? { ...found.data, error: null } : { ...NOTHING, error: found.error };
}

/** Takes areas and ODPs out of the server's GeoJSON; what is drawn in another way is left out. */
export function read(map: unknown): Pick<Network, 'areas' | 'odps'> {
  const features = ((map as { features?: Feature[] } | null)?.features ?? []).filter(
    (one) => one.properties !== null,
  );
  const of = (kind: string) => features.filter((one) => one.properties?.kind === kind);
  return {
    areas: of('area').map((one) => ({
      id: text(one.properties?.id ?? one.id),
      name: text(one.properties?.name),
      polygon: one.geometry as MapArea['polygon'],
    })),
    odps: of('odp').map((one) => {
      const [lon = 0, lat = 0] = (one.geometry as { coordinates: number[] }).coordinates;
      return {
        id: text(one.properties?.id ?? one.id),
        code: text(one.properties?.code),
        free: Number(one.properties?.free_ports),
        ports: Number(one.properties?.ports),
        lat,
        lon,
      };
    }),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Customers of the part of the map that is looked at. */
export function usePins() {
  const can = useCan();
  const [box, setBox] = useState<Box | null>(null);
  const found = useQuery({
    queryKey: ['get', 'pins', box],
    queryFn: async ({ signal }) => {
      const query = box ?? {};
      const { data } = await client.GET('/api/v1/customers/pins', { params: { query }, signal });
      return data ?? { items: [], more: false };
    },
    enabled: box !== null && can('customer_read').allowed,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  return { pins: found.data, error: found.error, look: setBox };
}
