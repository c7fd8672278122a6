import { expect, it } from 'vitest';
import { formatDistance, formatPlace, metresBetween, parsePlace } from './geo';

it('reads a place as it is pasted from a map', () => {
  expect(parsePlace('-6.2088, 106.8456')).toEqual({ lat: -6.2088, lon: 106.8456 });
  expect(parsePlace('-6.2088 106.8456')).toEqual({ lat: -6.2088, lon: 106.8456 });
  expect(parsePlace('https://maps.example/@-6.2,106.8,17z')).toEqual({ lat: -6.2, lon: 106.8 });
  expect(parsePlace('here')).toBeNull();
  expect(parsePlace('95, 10')).toBeNull();
  expect(parsePlace(formatPlace({ lat: -6.2, lon: 106.8 }))).toEqual({ lat: -6.2, lon: 106.8 });
});

it('measures along the ground', () => {
  const monas = { lat: -6.1754, lon: 106.8272 };
  expect(metresBetween(monas, monas)).toBe(0);
  const north = { lat: -6.1754 + 0.001, lon: 106.8272 };
  expect(metresBetween(monas, north)).toBeGreaterThan(110);
  expect(metresBetween(monas, north)).toBeLessThan(112);
  expect(formatDistance(179.6)).toBe('180 m');
  expect(formatDistance(1840)).toBe('1,8 km');
});
