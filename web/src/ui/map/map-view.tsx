// The map (MapLibre), loaded only where one is shown; the page says what stands on it.
import { useComputedColorScheme } from '@mantine/core';
import * as maplibregl from 'maplibre-gl';
import type { GeoJSONSource, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Place } from '@/lib/geo';
import { mapStyle } from './map-style';

maplibregl.setWorkerUrl(workerUrl);

/** A GeoJSON polygon: an outer ring of [lon, lat], and holes. */
export type Ring =
  | { type: 'Polygon'; coordinates: number[][][] }
  | { type: 'MultiPolygon'; coordinates: number[][][][] };
/** A part of the map. */
export type Box = { south: number; north: number; west: number; east: number };
export type MapArea = { id: string; name: string; polygon: Ring };
export type MapOdp = Place & { id: string; code: string; free: number; ports: number };
export type MapPerson = Place & { id: string; name: string };

export type MapProps = {
  height: number | string;
  label: string;
  areas?: MapArea[];
  odps?: MapOdp[];
  people?: MapPerson[];
  pin?: Place | null;
  /** Corners of the area being drawn. */
  draft?: Place[];
  onPlace?: (place: Place) => void;
  onOdp?: (id: string) => void;
  onPerson?: (id: string) => void;
  /** The part that is looked at, when the map has come to rest there. */
  onBox?: (box: Box) => void;
};

export function MapView(props: MapProps) {
  const { height, label, areas, odps, people, pin, draft } = props;
  const dark = useComputedColorScheme('light') === 'dark';
  const frame = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre | null>(null);
  const fitted = useRef(false);
  /** Where it looked last: night and day are two maps. */
  const view = useRef<{ center: [number, number]; zoom: number }>({
    center: [106.8272, -6.1754],
    zoom: 11,
  });

  const onClick = useEffectEvent((event: MapMouseEvent) => {
    const here = event.target;
    const odp = props.onOdp && here.queryRenderedFeatures(event.point, { layers: ['odps'] })[0];
    if (odp && !props.draft) return props.onOdp?.(String(odp.properties.id));
    const one =
      props.onPerson && here.queryRenderedFeatures(event.point, { layers: ['people'] })[0];
    if (one && !props.draft) return props.onPerson?.(String(one.properties.id));
    const many = here.queryRenderedFeatures(event.point, { layers: ['people-many'] })[0];
    if (many && !props.draft && !props.onPlace) {
      here.easeTo({ center: event.lngLat, zoom: here.getZoom() + 2 });
      return;
    }
    props.onPlace?.({ lat: event.lngLat.lat, lon: event.lngLat.lng });
  });

  const onRest = useEffectEvent((here: MapLibre) => {
    const bounds = here.getBounds();
    const { lng, lat } = here.getCenter();
    view.current = { center: [lng, lat], zoom: here.getZoom() };
    props.onBox?.({
      south: bounds.getSouth(),
      north: bounds.getNorth(),
      west: bounds.getWest(),
      east: bounds.getEast(),
    });
  });

  useEffect(() => {
    if (!frame.current) return;
    const made = new maplibregl.Map({
      container: frame.current,
      style: mapStyle(dark),
      ...view.current,
      attributionControl: false,
      dragRotate: false,
    });
    made.touchZoomRotate.disableRotation();
    made.addControl(new maplibregl.NavigationControl({ showCompass: false }));
    made.addControl(new maplibregl.ScaleControl());
    made.on('click', onClick);
    made.on('load', () => {
      setMap(made);
      onRest(made);
    });
    made.on('moveend', () => onRest(made));
    return () => {
      setMap(null);
      made.remove();
    };
  }, [dark]);

  useEffect(() => {
    if (!map) return;
    fill(
      map,
      'areas',
      (areas ?? []).map((one) => shape(one.polygon, { id: one.id, name: one.name })),
    );
    fill(
      map,
      'odps',
      (odps ?? []).map((one) => dot(one, { ...one })),
    );
    fill(
      map,
      'people',
      (people ?? []).map((one) => dot(one, { id: one.id })),
    );
  }, [map, areas, odps, people]);

  useEffect(() => {
    if (map) fill(map, 'draft', sketch(draft ?? []));
  }, [map, draft]);

  useEffect(() => {
    if (!map || !pin) return;
    const marker = new maplibregl.Marker({ color: '#c92f2a' })
      .setLngLat([pin.lon, pin.lat])
      .addTo(map);
    return () => void marker.remove();
  }, [map, pin]);

  useEffect(() => {
    if (!map || fitted.current) return;
    if (pin) {
      fitted.current = true;
      map.jumpTo({ center: [pin.lon, pin.lat], zoom: 16 });
      return;
    }
    const bounds = new maplibregl.LngLatBounds();
    for (const area of areas ?? []) {
      for (const [lon = 0, lat = 0] of corners(area.polygon)) bounds.extend([lon, lat]);
    }
    for (const odp of odps ?? []) bounds.extend([odp.lon, odp.lat]);
    if (bounds.isEmpty()) return;
    fitted.current = true;
    map.fitBounds(bounds, { padding: 64, duration: 0, maxZoom: 15 });
  }, [map, areas, odps, pin]);

  return (
    <div
      ref={frame}
      role="application"
      aria-label={label}
      style={{ height, borderRadius: 'var(--mantine-radius-md)', overflow: 'hidden' }}
    />
  );
}

/** The corners of an area's outer borders. */
function corners(polygon: Ring): number[][] {
  if (polygon.type === 'Polygon') return polygon.coordinates[0] ?? [];
  return polygon.coordinates.flatMap((one) => one[0] ?? []);
}

function fill(map: MapLibre, source: string, features: GeoJSON.Feature[]) {
  map.getSource<GeoJSONSource>(source)?.setData({ type: 'FeatureCollection', features });
}

function shape(geometry: GeoJSON.Geometry, properties: GeoJSON.GeoJsonProperties): GeoJSON.Feature {
  return { type: 'Feature', geometry, properties };
}

function dot(place: Place, properties: GeoJSON.GeoJsonProperties): GeoJSON.Feature {
  return shape({ type: 'Point', coordinates: [place.lon, place.lat] }, properties);
}

/** The corners, the line between them, and the area once there are three. */
function sketch(corners: Place[]): GeoJSON.Feature[] {
  const line = corners.map((one) => [one.lon, one.lat]);
  const features = corners.map((one) => dot(one, {}));
  const first = line[0];
  if (line.length >= 3 && first) {
    features.push(shape({ type: 'Polygon', coordinates: [[...line, first]] }, {}));
  } else if (line.length === 2) {
    features.push(shape({ type: 'LineString', coordinates: line }, {}));
  }
  return features;
}
