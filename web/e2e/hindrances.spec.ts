// What goes wrong in a hand: no camera, no position, a photo that is none, a tap too many, the back button, a
// session that ends in the middle of a form.
import { expect, type Page } from '@playwright/test';
import { arrive, dispatched, photograph } from './jobs';
import { choose, logIn, scan, test, typePassword } from './people';
import { servedPlace } from './world';

type Order = {
  story: { step: string }[];
  photos: { id: string; kind: string; received: boolean }[];
};

async function order(page: Page, id: string): Promise<Order> {
  return (await (await page.request.get(`/api/v1/work-orders/${id}`)).json()) as Order;
}

test('without a camera and a position the job still goes on, and says what is missing', async ({
  browser,
}) => {
  const job = await dispatched(browser);
  const page = await logIn(browser, 'teknisi');
  await page.goto('/field');
  await page
    .getByRole('button', { name: 'Absen masuk', exact: true })
    .or(page.getByRole('button', { name: 'Absen pulang', exact: true }))
    .click();
  await expect(page.getByText(/absensi tetap dicatat tanpa lokasi/)).toBeVisible();
  await arrive(page, job);
  await page.getByRole('button', { name: 'Pindai dengan kamera' }).click();
  await expect(page.getByText(/Kamera tidak bisa dipakai/)).toBeVisible();
  await page.getByRole('button', { name: 'GPS' }).click();
  await expect(page.getByText(/Pekerjaan tetap bisa ditutup/)).toBeVisible();
  await scan(page, 'Pindai modem', `SMB:SN:${job.serial}`);
  await photograph(page, 'Foto pemasangan');
  await expect(page.getByRole('button', { name: 'Selesai' })).toBeEnabled();
  await page.context().close();
});

test('a list that can’t be read anew after a step puts no step back', async ({ browser }) => {
  const job = await dispatched(browser);
  const page = await logIn(browser, 'teknisi', job.place, [503]);
  await page.goto('/field');
  await expect(page.getByText(job.customer)).toBeVisible();
  let failed = 0;
  await page.route('**/api/v1/jobs', (route) => {
    failed += 1;
    return route.fulfill({ status: 503, json: { code: 'unavailable' } });
  });
  await arrive(page, job);
  await page.getByRole('button', { name: 'Pindai dengan kamera' }).click();
  const closed = page.getByText(/Kamera tidak bisa dipakai/);
  await expect(closed).toBeVisible();
  // All steps have arrived, and the list was asked for in vain each time.
  await expect(page.getByText(/antre$/)).toHaveCount(0);
  const steps = async () => (await order(page, job.order)).story.map((one) => one.step);
  await expect.poll(steps).toContain('on_site');
  expect(failed).toBeGreaterThan(0);
  await page.getByRole('textbox', { name: 'Redaman di modem (dBm)' }).fill('19,4');
  await page.getByRole('button', { name: 'Catat' }).click();
  await expect.poll(steps).toContain('signal');
  await expect(page.getByRole('button', { name: 'Sampai di lokasi' })).toHaveCount(0);
  await expect(closed).toBeVisible();
  await page.context().close();
});

test('a huge photo is made small, and a file that is no photo is refused in words', async ({
  browser,
}) => {
  const job = await dispatched(browser);
  const page = await logIn(browser, 'teknisi', job.place);
  await page.goto('/field');
  await arrive(page, job);
  await photograph(page, 'Foto pemasangan', Buffer.from('bukan foto'));
  await expect(page.getByText('Foto tidak terbaca; ambil lagi.')).toBeVisible();

  // Grain, as a sensor makes it at night: nothing that packs well.
  const huge = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [4000, 3000];
    const pen = canvas.getContext('2d');
    if (!pen) throw new Error('no canvas');
    const grain = pen.createImageData(canvas.width, 500);
    let seed = 7;
    for (let n = 0; n < grain.data.length; n += 1) {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      grain.data[n] = n % 4 === 3 ? 255 : seed >> 16;
    }
    for (let top = 0; top < canvas.height; top += 500) pen.putImageData(grain, 0, top);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 1));
    const url = await new Promise<string>((done) => {
      const reader = new FileReader();
      reader.onload = () => done(String(reader.result));
      reader.readAsDataURL(blob as Blob);
    });
    return url.split(',')[1] ?? '';
  });
  const bytes = Buffer.from(huge, 'base64');
  expect(bytes.length).toBeGreaterThan(8_000_000);
  await photograph(page, 'Foto pemasangan', bytes);
  const photo = async () => (await order(page, job.order)).photos.find((one) => one.received);
  await expect.poll(async () => (await photo())?.kind, { timeout: 30_000 }).toBe('installation');
  const kept = await page.request.get(`/api/v1/photos/${(await photo())?.id}`);
  expect((await kept.body()).length).toBeLessThan(2_000_000);
  await page.context().close();
});

test('a tap too many and the back button do nothing twice', async ({ browser }) => {
  const job = await dispatched(browser);
  const page = await logIn(browser, 'teknisi', job.place);
  await page.goto('/field');
  await page.getByText(job.customer).click();
  await page.getByRole('button', { name: 'Terima tugas' }).dblclick();
  // The second tap did not go through to the button that took its place.
  await expect(page.getByRole('button', { name: 'Berangkat' })).toBeEnabled();
  const steps = async () => (await order(page, job.order)).story.map((one) => one.step);
  await expect.poll(steps).toEqual(['opened', 'assigned', 'accepted']);
  await page.goBack();
  await expect(page).toHaveURL(/\/field$/);
  await page.goForward();
  await page.getByRole('button', { name: 'Berangkat' }).click();
  await page.getByRole('button', { name: 'Sampai di lokasi' }).click();
  await page.getByRole('textbox', { name: 'Redaman di modem (dBm)' }).fill('19,4');
  await page.getByRole('button', { name: 'Catat' }).dblclick();
  await expect(page.getByText('-19,4 dBm')).toBeVisible();
  const arrived = ['opened', 'assigned', 'accepted', 'on_the_way', 'on_site', 'signal'];
  await expect.poll(steps).toEqual(arrived);
  await page.goBack();
  await page.goto('/field');
  await expect(page.getByText(job.customer)).toBeVisible();
  expect(await steps()).toEqual(arrived);
  await page.context().close();
});

test('a session that ends in the middle of a form keeps what was typed', async ({ browser }) => {
  const page = await logIn(browser, 'sales');
  const place = await servedPlace(page);
  const name = `Sabar ${String(Date.now()).slice(-6)}`;
  await page.goto('/leads/new');
  await page.getByRole('textbox', { name: 'Nama', exact: true }).fill(name);
  await page
    .getByRole('textbox', { name: 'HP', exact: true })
    .fill(`0815${String(Date.now()).slice(-7)}`);
  await page.getByRole('textbox', { name: 'Alamat' }).fill('Jl. Sabar 1');
  await choose(page, 'Paket', /Rp/);
  await page.getByRole('textbox', { name: 'Titik koordinat' }).fill(`${place.lat}, ${place.lon}`);
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Daftarkan' }).click();
  const again = page.getByRole('dialog');
  await expect(again).toBeVisible();
  await typePassword(page, 'sales');
  await expect(again).toBeHidden();
  await expect(page.getByRole('textbox', { name: 'Nama', exact: true })).toHaveValue(name);
  await expect(page.getByRole('textbox', { name: 'Alamat' })).toHaveValue('Jl. Sabar 1');
  await page.getByRole('button', { name: 'Daftarkan' }).click();
  await expect(page.getByRole('heading', { name })).toBeVisible();
  await page.context().close();
});
