// What the stories find in the demo and bring along.
import { expect, type Page } from '@playwright/test';

export type Place = { lat: number; lon: number };

/** A small grey picture. */
export const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGOoaOrBihiGlgQAFAJhgQjU4RoAAAAASUVORK5CYII=',
  'base64',
);

/** A small green one. */
export const OTHER_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGOQ64nCihiGlgQAVz9BAZb7DCoAAAAASUVORK5CYII=',
  'base64',
);

/** Some metres beside an ODP of the technician's branch that has a free port. */
export async function servedPlace(page: Page): Promise<Place> {
  const branches = await read<{ id: string; code: string }>(page, '/api/v1/branches');
  const branch = branches.find((one) => one.code === 'JKT')?.id;
  type Odp = { lat: number; lon: number; free_ports: number; branch_id: string };
  const odps = await read<Odp>(page, '/api/v1/odps?limit=200');
  const odp = odps.find((one) => one.branch_id === branch && one.free_ports > 0);
  if (!odp) throw new Error('the demo has no free port in Jakarta');
  return { lat: Number((odp.lat + 0.0001).toFixed(6)), lon: odp.lon };
}

/** A list of the API, read as the person of this page. */
export async function read<T>(page: Page, path: string): Promise<T[]> {
  const answer = await page.request.get(path);
  expect(answer.ok(), path).toBe(true);
  return ((await answer.json()) as { items: T[] }).items;
}

/** Something done through the API as the person of this page: for what a story only needs done before. */
export async function act<T>(page: Page, path: string, data: object): Promise<T> {
  const origin = new URL(page.url()).origin;
  const answer = await page.request.post(path, { data, headers: { origin } });
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}
