// A technician works where there is no signal: every step waits on the phone, in order, and arrives by itself
// when the network is back.
import { expect } from '@playwright/test';
import { arrive, dispatched, finish, photograph, sign } from './jobs';
import { logIn, scan, TECHNICIAN, test } from './people';
import { OTHER_PICTURE } from './world';

const CHECK = /^Absen (?:masuk|pulang)$/;

test('two jobs done without a signal arrive whole, also after the app was closed', async ({
  browser,
}) => {
  const first = await dispatched(browser);
  const second = await dispatched(browser);
  // Another story may have come to work before.
  let said = '';
  let page = await logIn(browser, 'teknisi', first.place);
  const phone = page.context();
  await page.goto('/field');
  await expect(page.getByText(first.customer)).toBeVisible();
  await expect(page.getByText(second.customer)).toBeVisible();
  // From then on the app's files come from the phone.
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  await test.step('the technician comes to work where there is no signal', async () => {
    await phone.setOffline(true);
    const check = page.getByRole('button', { name: CHECK });
    said = (await check.innerText()).trim();
    await check.click();
    await expect(check).not.toHaveText(said);
  });

  await test.step('the first job is kept on the phone, step by step', async () => {
    await arrive(page, first);
    await scan(page, 'Pindai modem', `SMB:SN:${first.serial}`);
    await page.getByRole('button', { name: 'GPS' }).click();
    await photograph(page, 'Foto pemasangan');
    const reading = page.getByRole('textbox', { name: 'Redaman di modem (dBm)' });
    await reading.fill('51');
    await expect(page.getByText(/dari -50 sampai 10/)).toBeVisible();
    await reading.fill('28,3');
    await expect(page.getByText(/-28,3 dBm terlalu lemah/)).toBeVisible();
    await page.getByRole('button', { name: 'Catat' }).click();
    await expect(page.getByText('lemah', { exact: true })).toBeVisible();
    await sign(page, 'Ibu Ratna');
    // Nobody signs for the work: it is no photo of it.
    await expect(page.getByText('9 antre')).toBeVisible();
    await finish(page);
    await expect(page.getByText('10 antre')).toBeVisible();
  });

  await test.step('the app opens without a network and knows what was done', async () => {
    await page.close();
    page = await phone.newPage();
    await page.goto('/field');
    await expect(page.getByText(/Tanpa sinyal/)).toBeVisible();
    await expect(page.getByText('9 antre').first()).toBeVisible();
    await expect(page.getByRole('button', { name: CHECK })).not.toHaveText(said);
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
    await expect(page.getByText('Foto menunggu terkirim')).toHaveCount(4);
    await expect(page.getByText(said, { exact: true })).toBeVisible();
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
    await noc.goto(`/work-orders/${first.order}`);
    await expect(noc.getByText('-28,3 dBm')).toBeVisible();
    await expect(noc.getByText(/Ditandatangani Ibu Ratna/)).toBeVisible();
    await expect(noc.getByRole('img', { name: 'Tanda tangan pelanggan' })).toBeVisible();
    await noc.screenshot({ path: 'test-results/job-done.png', fullPage: true });
    const paper = await noc.request.get(`/api/v1/work-orders/${first.order}/pdf`);
    expect((await paper.body()).includes('/Subtype/Image'), 'the signature is on the paper').toBe(
      true,
    );
    await noc.context().close();
  });

  await test.step('HR sees who came, and that the phone was not at the office', async () => {
    const hr = await logIn(browser, 'hrd');
    await hr.goto('/attendance');
    const row = hr.getByRole('row', { name: new RegExp(TECHNICIAN) });
    await expect(row).toContainText(/Masuk|Pulang/);
    await expect(row).toContainText(/Di lokasi SPK|Di luar|Di kantor/);
    await hr.screenshot({ path: 'test-results/attendance.png' });
    await hr.context().close();
  });
});
