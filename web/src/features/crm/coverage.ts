import { api } from '@/api/client';
import type { MapArea, MapOdp } from '@/ui/map';

/** What can be served: areas and ODPs, as the map draws them. */
export function useNetworkOnMap(): { areas: MapArea[]; odps: MapOdp[] } {
  const query = { params: { query: { limit: 200 } } };
  const areas = api.useQuery('get', '/api/v1/areas', {}, { staleTime: 60_000 });
  const odps = api.useQuery('get', '/api/v1/odps', query, {
    staleTime: 60_000,
    select: (page) =>
      page.items.map((one): MapOdp => ({
        id: one.id,
        code: one.code,
        lat: one.lat,
        lon: one.lon,
        free: one.free_ports,
        ports: one.ports,
      })),
  });
  return {
    areas: (areas.data?.items as MapArea[] | undefined) ?? EMPTY_AREAS,
    odps: odps.data ?? EMPTY_ODPS,
  };
}

const EMPTY_AREAS: MapArea[] = [];
const EMPTY_ODPS: MapOdp[] = [];
