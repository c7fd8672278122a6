// A technician works where there is no signal: every step waits on the phone, in order, and arrives by itself
// when the network is back.
import { type Browser, expect, type Page, test } from '@playwright/test';
import { logIn, scan, TECHNICIAN } from './people';
import { act, OTHER_PICTURE, PICTURE, type Place, read, servedPlace } from './world';

type Job = { order: string; customer: string; serial: string; place: Place };
type Id = { id: string };

let told = 0;

/** Brings a job up to the technician's phone, by the office's people. */
async function dispatched(browser: Browser): Promise<Job> {
  told += 1;
  const number = `${String(Date.now()).slice(-6)}${told}`;
  const serial = `FHTT${number}`;
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
async function photograph(page: Page, button: string, buffer = PICTURE): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: button }).click(),
  ]);
  await chooser.setFiles({ name: 'foto.png', mimeType: 'image/png', buffer });
}

/** From the list of jobs to the site of one. */
async function arrive(page: Page, job: Job): Promise<void> {
  await page.getByText(job.customer).click();
  for (const step of ['Terima tugas', 'Berangkat', 'Sampai di lokasi']) {
    await page.getByRole('button', { name: step }).click();
  }
}

async function finish(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Selesai' }).click();
  const why = page.getByRole('dialog');
  await why.getByRole('textbox').fill('Belum ada sinyal di lokasi');
  await why.getByRole('button', { name: 'Selesai' }).click();
  await expect(page.getByRole('link', { name: 'Ke daftar pekerjaan' })).toBeVisible();
}

test('two jobs done without a signal arrive whole, also after the app was closed', async ({
  browser,
}) => {
  const first = await dispatched(browser);
  const second = await dispatched(browser);
  let page = await logIn(browser, 'teknisi', first.place);
  const phone = page.context();
  await page.goto('/field');
  await expect(page.getByText(first.customer)).toBeVisible();
  await expect(page.getByText(second.customer)).toBeVisible();
  // From then on the app's files come from the phone.
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  await test.step('the first job is kept on the phone, step by step', async () => {
    await phone.setOffline(true);
    await arrive(page, first);
    await scan(page, 'Pindai modem', `SMB:SN:${first.serial}`);
    await page.getByRole('button', { name: 'GPS' }).click();
    await photograph(page, 'Foto pemasangan');
    await expect(page.getByText('6 antre')).toBeVisible();
    await finish(page);
    await expect(page.getByText('7 antre')).toBeVisible();
  });

  await test.step('the app opens without a network and knows what was done', async () => {
    await page.close();
    page = await phone.newPage();
    await page.goto('/field');
    await expect(page.getByText(/Tanpa sinyal/)).toBeVisible();
    await expect(page.getByText('7 antre').first()).toBeVisible();
    await page.screenshot({ path: 'test-results/jobs-offline.png', fullPage: true });
  });

  await test.step('the second job, with a serial that no scanner reads', async () => {
    await arrive(page, second);
    await scan(page, 'Pindai modem', 'https://example.net/promo');
    await expect(page.getByText(/Bukan kode perangkat/)).toBeVisible();
    const field = page.getByRole('textbox', { name: 'Pindai modem' });
    await field.fill(first.serial);
    await field.press('Enter');
    await expect(page.getByText(/sudah dipakai di pekerjaan lain/)).toBeVisible();
    await field.fill(second.serial);
    await field.press('Enter');
    await page.getByRole('textbox', { name: 'Kenapa tidak dipindai' }).fill('Label tergores');
    await page.getByRole('button', { name: 'Pakai nomor ini' }).click();
    await photograph(page, 'Foto pemasangan');
    await expect(page.getByText('Ambil foto label dulu (nomor seri diketik).')).toBeVisible();
    await photograph(page, 'Foto label', OTHER_PICTURE);
    await finish(page);
    await page.getByRole('link', { name: 'Antrean' }).click();
    await expect(page.getByText('Foto menunggu terkirim')).toHaveCount(3);
    await page.screenshot({ path: 'test-results/queue-offline.png', fullPage: true });
  });

  await test.step('the queue goes out by itself', async () => {
    await phone.setOffline(false);
    await expect(page.getByText('Semua sudah terkirim')).toBeVisible({ timeout: 60_000 });
    await phone.close();
  });

  await test.step('NOC finds both jobs done, with their evidence', async () => {
    const noc = await logIn(browser, 'noc');
    for (const [job, photo] of [
      [first, 'Foto pemasangan'],
      [second, 'Foto label'],
    ] as const) {
      await noc.goto(`/work-orders/${job.order}`);
      await expect(noc.getByText('Selesai').first()).toBeVisible();
      await expect(noc.getByRole('link', { name: job.serial })).toBeVisible();
      await expect(noc.getByRole('img', { name: photo })).toBeVisible();
    }
    await noc.screenshot({ path: 'test-results/job-done.png', fullPage: true });
    await noc.context().close();
  });
});
