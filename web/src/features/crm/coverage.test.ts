import { expect, it } from 'vitest';
import { read } from './coverage';

const border = { type: 'Polygon', coordinates: [[[106.9, -6.2]]] };

it('takes areas and ODPs out of the map', () => {
  const map = {
    features: [
      { id: 'a', geometry: border, properties: { kind: 'area', name: 'Bekasi' } },
      {
        id: 'o',
        geometry: { type: 'Point', coordinates: [106.91, -6.23] },
        properties: { kind: 'odp', code: 'ODP-1', free_ports: 3, ports: 8 },
      },
      { id: 'x', geometry: border, properties: { kind: 'road' } },
    ],
  };
  expect(read(map)).toEqual({
    areas: [{ id: 'a', name: 'Bekasi', polygon: border }],
    odps: [{ id: 'o', code: 'ODP-1', free: 3, ports: 8, lat: -6.23, lon: 106.91 }],
  });
});

it('draws nothing when there is nothing', () => {
  expect(read(null)).toEqual({ areas: [], odps: [] });
});
