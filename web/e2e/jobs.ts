// A technician's job: brought up to the phone by the office, and the steps that every story of one takes.
import { type Browser, expect, type Page } from '@playwright/test';
import { logIn, TECHNICIAN } from './people';
import { act, PICTURE, type Place, read, servedPlace } from './world';

export type Job = { order: string; customer: string; serial: string; place: Place };
type Id = { id: string };

let told = 0;

/** A serial that no other story uses. */
export function newSerial(): string {
  told += 1;
  return `FHTT${String(Date.now()).slice(-6)}${told}`;
}

/** Brings a job up to the technician's phone, by the office's people. */
export async function dispatched(browser: Browser): Promise<Job> {
  const serial = newSerial();
  const number = serial.slice(4);
  const customer = `Bambang ${number}`;
  const [sales, store, noc, technician] = await Promise.all([
    logIn(browser, 'sales'),
    logIn(browser, 'gudang'),
    logIn(browser, 'noc'),
    logIn(browser, 'teknisi'),
  ]);
  const place = await servedPlace(sales);
  const plans = await read<Id & { archived: boolean; postpaid_allowed: boolean }>(
    sales,
    '/api/v1/plans',
  );
  const plan = plans.find((one) => !one.archived && one.postpaid_allowed);
  const lead = await act<Id>(sales, '/api/v1/leads', {
    name: customer,
    phone: `0813${number}`,
    address: 'Jl. Anggrek 3',
    ...place,
    plan_id: plan?.id,
    mode: 'postpaid',
  });
  const made = await act<{ work_order_id: string }>(sales, `/api/v1/leads/${lead.id}/convert`, {});

  const places = await read<Id & { kind: string; name: string }>(store, '/api/v1/locations');
  const types = await read<Id & { serialized: boolean }>(store, '/api/v1/item-types');
  await act(store, '/api/v1/items/receive', {
    warehouse_id: places.find((one) => one.kind === 'warehouse')?.id,
    type_id: types.find((one) => one.serialized)?.id,
    lines: [{ serial, mac: null }],
  });
  await act(store, '/api/v1/moves', {
    serials: [serial],
    to_location_id: places.find((one) => one.kind === 'bag' && one.name.includes(TECHNICIAN))?.id,
    how: 'scanned',
  });
  await act(technician, '/api/v1/bag/accept', { serials: [serial] });

  const people = await read<Id & { name: string }>(noc, '/api/v1/technicians');
  await act(noc, `/api/v1/work-orders/${made.work_order_id}/assign`, {
    technicians: [people.find((one) => one.name === TECHNICIAN)?.id],
    // Today in Jakarta.
    scheduled_on: new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Jakarta' }).format(new Date()),
  });
  await Promise.all([sales, store, noc, technician].map((page) => page.context().close()));
  return { order: made.work_order_id, customer, serial, place };
}

/** Takes a picture by a button of the job. */
export async function photograph(page: Page, button: string, buffer = PICTURE): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: button }).click(),
  ]);
  await chooser.setFiles({ name: 'foto.png', mimeType: 'image/png', buffer });
}

/** From the list of jobs to the site of one. */
export async function arrive(page: Page, job: Job): Promise<void> {
  await page.getByText(job.customer).click();
  for (const step of ['Terima tugas', 'Berangkat', 'Sampai di lokasi']) {
    await page.getByRole('button', { name: step }).click();
  }
}

export async function finish(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Selesai' }).click();
  const why = page.getByRole('dialog');
  await why.getByRole('textbox').fill('Belum ada sinyal di lokasi');
  await why.getByRole('button', { name: 'Selesai' }).click();
  await expect(page.getByRole('link', { name: 'Ke daftar pekerjaan' })).toBeVisible();
}

/** The customer signs on the phone. */
export async function sign(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Tanda tangan pelanggan' }).click();
  const paper = page.getByRole('dialog');
  await paper.getByRole('textbox', { name: 'Nama penanda tangan' }).fill(name);
  const box = await paper.getByRole('img', { name: 'Kotak tanda tangan' }).boundingBox();
  if (!box) throw new Error('there is nowhere to sign');
  await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.6);
  await page.mouse.down();
  for (const [right, down] of [
    [0.35, 0.2],
    [0.45, 0.8],
    [0.6, 0.3],
    [0.8, 0.6],
  ] as const) {
    await page.mouse.move(box.x + box.width * right, box.y + box.height * down, { steps: 6 });
  }
  await page.mouse.up();
  await paper.getByRole('button', { name: 'Simpan tanda tangan' }).click();
  await expect(paper).toBeHidden();
}
