// A technician works where there is no signal: every step waits on the phone, in order, and arrives by itself
// when the network is back.
import { type Browser, expect, test } from '@playwright/test';
import { logIn, scan, TECHNICIAN } from './people';
import { act, PICTURE, type Place, read, servedPlace } from './world';

type Job = { order: string; customer: string; serial: string; place: Place };
type Id = { id: string };

/** Brings a job up to the technician's phone, by the office's people. */
async function dispatched(browser: Browser): Promise<Job> {
  const number = String(Date.now()).slice(-7);
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

test('a job done without a signal arrives whole when the network is back', async ({ browser }) => {
  const job = await dispatched(browser);
  const page = await logIn(browser, 'teknisi', job.place);
  await page.goto('/jobs');
  await page.getByText(job.customer).click();
  await expect(page.getByRole('button', { name: 'Terima tugas' })).toBeVisible();

  await test.step('every step is kept on the phone', async () => {
    await page.context().setOffline(true);
    for (const step of ['Terima tugas', 'Berangkat', 'Sampai di lokasi']) {
      await page.getByRole('button', { name: step }).click();
    }
    await scan(page, 'Pindai modem', `SMB:SN:${job.serial}`);
    await page.getByRole('button', { name: 'GPS' }).click();
    await page.locator('input[type=file]').setInputFiles({
      name: 'pasang.png',
      mimeType: 'image/png',
      buffer: PICTURE,
    });
    await expect(page.getByText('6 antre')).toBeVisible();
    await page.getByRole('button', { name: 'Selesai' }).click();
    const why = page.getByRole('dialog');
    await why.getByRole('textbox').fill('Belum ada sinyal di lokasi');
    await why.getByRole('button', { name: 'Selesai' }).click();
    await expect(page.getByText('7 antre')).toBeVisible();
  });

  await test.step('the queue goes out by itself', async () => {
    await page.context().setOffline(false);
    await expect(page.getByText(/antre/)).toBeHidden({ timeout: 30_000 });
    await expect(page.getByRole('link', { name: 'Ke daftar pekerjaan' })).toBeVisible();
    await page.context().close();
  });

  await test.step('NOC finds the job done, with its evidence', async () => {
    const noc = await logIn(browser, 'noc');
    await noc.goto(`/work-orders/${job.order}`);
    await expect(noc.getByText('Selesai').first()).toBeVisible();
    await expect(noc.getByRole('link', { name: job.serial })).toBeVisible();
    await expect(noc.getByRole('img', { name: 'Foto pemasangan' })).toBeVisible();
    await noc.screenshot({ path: 'test-results/job-done.png', fullPage: true });
    await noc.context().close();
  });
});
