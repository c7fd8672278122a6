// The map's look: no tile server; coastlines, our own areas and points. The land is Natural Earth's 1:10m
// coastline (public domain), simplified to some 600 m.
import type { StyleSpecification } from 'maplibre-gl';
import land from './map-land.geojson?url';

const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

const LIGHT = {
  sea: '#d3e1e6',
  ground: '#eff2f1',
  abroad: '#e3e8e8',
  label: '#1e2f30',
  halo: '#ffffff',
};
const DARK = {
  sea: '#0b1214',
  ground: '#182123',
  abroad: '#131a1c',
  label: '#dbe6e6',
  halo: '#0b1011',
};

/** Free ports: none red, few amber, enough teal. */
export const ODP_COLOR = { full: '#c92f2a', few: '#d98a05', free: '#0b8a86' } as const;
export const PEOPLE_COLOR = '#4566b0';

/** The style for light or dark; the sources are filled when the data is there. */
export function mapStyle(dark: boolean): StyleSpecification {
  const c = dark ? DARK : LIGHT;
  const source = (cluster = false) =>
    ({ type: 'geojson', data: EMPTY, ...(cluster ? { cluster, clusterRadius: 48 } : {}) }) as const;
  const text = { 'text-color': c.label, 'text-halo-color': c.halo, 'text-halo-width': 1.5 };
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: land },
      areas: source(),
      odps: source(),
      people: source(true),
      draft: source(),
      pin: source(),
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': c.sea } },
      {
        id: 'land',
        type: 'fill',
        source: 'land',
        paint: { 'fill-color': ['match', ['get', 'land'], 'home', c.ground, c.abroad] },
      },
      {
        id: 'area-fill',
        type: 'fill',
        source: 'areas',
        paint: { 'fill-color': '#0b8a86', 'fill-opacity': dark ? 0.2 : 0.14 },
      },
      {
        id: 'area-line',
        type: 'line',
        source: 'areas',
        paint: { 'line-color': '#0b8a86', 'line-width': 1.5 },
      },
      {
        id: 'area-name',
        type: 'symbol',
        source: 'areas',
        layout: {
          'text-field': ['get', 'name'],
          'text-size': 13,
          'text-font': ['sans'],
          'text-allow-overlap': true,
        },
        paint: text,
      },
      {
        id: 'people-many',
        type: 'circle',
        source: 'people',
        filter: ['has', 'point_count'],
        paint: {
          'circle-color': PEOPLE_COLOR,
          'circle-opacity': 0.85,
          'circle-radius': ['step', ['get', 'point_count'], 12, 10, 16, 50, 22],
        },
      },
      {
        id: 'people-count',
        type: 'symbol',
        source: 'people',
        filter: ['has', 'point_count'],
        layout: {
          'text-field': ['get', 'point_count_abbreviated'],
          'text-size': 11,
          'text-font': ['sans'],
        },
        paint: { 'text-color': '#ffffff' },
      },
      {
        id: 'people',
        type: 'circle',
        source: 'people',
        filter: ['!', ['has', 'point_count']],
        paint: {
          'circle-color': PEOPLE_COLOR,
          'circle-radius': 5,
          'circle-stroke-width': 1.5,
          'circle-stroke-color': c.halo,
        },
      },
      {
        id: 'odps',
        type: 'circle',
        source: 'odps',
        paint: {
          'circle-color': [
            'step',
            ['get', 'free'],
            ODP_COLOR.full,
            1,
            ODP_COLOR.few,
            3,
            ODP_COLOR.free,
          ],
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 4, 16, 10],
          'circle-stroke-width': 2,
          'circle-stroke-color': c.halo,
        },
      },
      {
        id: 'odp-code',
        type: 'symbol',
        source: 'odps',
        minzoom: 14,
        layout: {
          'text-field': ['concat', ['get', 'code'], '  ', ['get', 'free'], '/', ['get', 'ports']],
          'text-size': 11,
          'text-font': ['sans'],
          'text-offset': [0, 1.4],
          'text-anchor': 'top',
        },
        paint: text,
      },
      {
        id: 'draft-fill',
        type: 'fill',
        source: 'draft',
        filter: ['==', ['geometry-type'], 'Polygon'],
        paint: { 'fill-color': '#d98a05', 'fill-opacity': 0.2 },
      },
      {
        id: 'draft-line',
        type: 'line',
        source: 'draft',
        paint: { 'line-color': '#d98a05', 'line-width': 2, 'line-dasharray': [2, 1] },
      },
      {
        id: 'draft-point',
        type: 'circle',
        source: 'draft',
        filter: ['==', ['geometry-type'], 'Point'],
        paint: { 'circle-color': '#d98a05', 'circle-radius': 5 },
      },
    ],
  };
}
