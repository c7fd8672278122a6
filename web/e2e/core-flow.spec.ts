// The main job of the product, by the people who do it: a lead becomes a customer whose modem is online,
// isolated until the first bill is paid, and opened by paying on the pay page.
import { expect } from '@playwright/test';
import { choose, customerAt, logIn, scan, TECHNICIAN, test } from './people';
import { PICTURE, type Place, servedPlace } from './world';

/** What the story hands from one person to the next. */
type Story = {
  customer: string;
  place: Place;
  serial: string;
  mac: string;
  customerUrl: string;
  order: string;
  invoice: string;
};

const INVOICE = /INV\/\d{4}\/\d{2}\/\d+/;

/** A new name and device each time, so that the story can be told again on the same demo. */
function newStory(): Story {
  const number = String(Date.now()).slice(-7);
  const hex = (Number(number) % 0xffffff).toString(16).padStart(6, '0').toUpperCase();
  return {
    customer: `Sri Wahyuni ${number}`,
    place: { lat: 0, lon: 0 },
    serial: `HWTC${number}`,
    mac: `A0:B2:C3:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`,
    customerUrl: '',
    order: '',
    invoice: '',
  };
}

test('a lead becomes a paying customer who is online', async ({ browser }) => {
  const story = newStory();

  await test.step('sales register a lead on the map', async () => {
    const page = await logIn(browser, 'sales');
    story.place = await servedPlace(page);
    await page.goto('/leads/new');
    await page.getByRole('textbox', { name: 'Nama', exact: true }).fill(story.customer);
    await page
      .getByRole('textbox', { name: 'HP', exact: true })
      .fill(`0812${story.serial.slice(-7)}`);
    await page.getByRole('textbox', { name: 'Alamat' }).fill('Jl. Kenanga 12');
    await choose(page, 'Paket', /Rp/);
    await page
      .getByRole('textbox', { name: 'Titik koordinat' })
      .fill(`${story.place.lat}, ${story.place.lon}`);
    await page.getByRole('button', { name: 'Daftarkan' }).click();
    await expect(page.getByRole('heading', { name: story.customer })).toBeVisible();
    await page.screenshot({ path: 'test-results/lead.png' });

    await page.getByRole('button', { name: 'Jadikan pelanggan' }).click();
    const form = page.getByRole('dialog');
    await form.getByRole('button', { name: 'Jadikan pelanggan' }).click();
    await expect(page).toHaveURL(/\/customers\//);
    story.customerUrl = page.url();
    const order = page.getByRole('link', { name: /^SPK\d+$/ });
    story.order = (await order.innerText()).trim();
    await expect(page.getByText('Menunggu pasang').first()).toBeVisible();
    await page.context().close();
  });

  await test.step('the warehouse receives a modem and hands it to the technician', async () => {
    const page = await logIn(browser, 'gudang');
    await page.goto('/stock/receive');
    await choose(page, 'Gudang', /./);
    await choose(page, 'Tipe barang', /ONT|modem|router/i);
    await scan(page, 'Pindai nomor seri', `${story.serial} ${story.mac}`);
    await page.getByRole('button', { name: 'Simpan 1' }).click();
    await expect(page.getByText('1 barang masuk gudang.')).toBeVisible();

    await page.goto('/stock/transfer');
    await choose(page, 'Diserahkan ke', new RegExp(TECHNICIAN));
    await scan(page, 'Pindai nomor seri', story.serial);
    await page.getByRole('button', { name: 'Pindahkan 1' }).click();
    await expect(page.getByText(/1 barang/)).toBeVisible();
    await page.context().close();
  });

  await test.step('NOC sends the technician today', async () => {
    const page = await logIn(browser, 'noc');
    await page.goto(`/work-orders?q=${story.order}`);
    await page.getByRole('row', { name: new RegExp(story.order) }).click();
    await page.getByRole('button', { name: 'Tugaskan' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Teknisi').click();
    await page.getByRole('option', { name: TECHNICIAN }).click();
    await page.keyboard.press('Escape');
    await form.getByRole('button', { name: 'Tugaskan' }).click();
    await expect(form).toBeHidden();
    await expect(page.getByText(TECHNICIAN).first()).toBeVisible();
    await page.context().close();
  });

  await test.step('the technician takes the modem and does the job by scan', async () => {
    const page = await logIn(browser, 'teknisi', story.place);
    await page.goto('/field/bag');
    await page.getByRole('button', { name: 'Terima', exact: true }).click();
    // Offered no more: it is in the bag.
    await expect(page.getByRole('button', { name: 'Terima', exact: true })).toBeHidden();
    await expect(page.getByText(story.serial)).toBeVisible();

    await page.goto('/field');
    await page.getByText(story.customer).click();
    await expect(page.getByText('Akun PPPoE')).toBeVisible();
    for (const step of ['Terima tugas', 'Berangkat', 'Sampai di lokasi']) {
      await page.getByRole('button', { name: step }).click();
    }
    await scan(page, 'Pindai modem', `SMB:SN:${story.serial}`);
    // The demo's router has a modem for the new account: it dials in by itself.
    await expect(page.getByText('Sudah online', { exact: true })).toBeVisible({ timeout: 60_000 });
    await page.getByRole('button', { name: 'GPS' }).click();
    await page.locator('input[type=file]').setInputFiles({
      name: 'pasang.png',
      mimeType: 'image/png',
      buffer: PICTURE,
    });
    await expect(page.getByRole('button', { name: 'Selesai' })).toBeEnabled();
    await page.screenshot({ path: 'test-results/job.png', fullPage: true });
    await page.getByRole('button', { name: 'Selesai' }).click();
    await expect(page.getByRole('link', { name: 'Ke daftar pekerjaan' })).toBeVisible();
    await page.context().close();
  });

  const desk = await logIn(browser, 'noc');
  const address =
    await test.step('NOC sees the whole chain, isolated until the first payment', async () => {
      await desk.goto(story.customerUrl);
      await expect(desk.getByText('Siap').first()).toBeVisible();
      await expect(desk.getByText(story.serial, { exact: true })).toBeVisible();
      const line = desk.getByText(/^127\.66\.\d+\.\d+$/);
      await expect(line).toBeVisible();
      await desk.screenshot({ path: 'test-results/customer-isolated.png', fullPage: true });
      return (await line.innerText()).trim();
    });

  await test.step('the customer pays on the pay page, which knows the line', async () => {
    const page = await customerAt(browser, address);
    await page.goto('/pay');
    await page.screenshot({ path: 'test-results/pay.png', fullPage: true });
    // Of the name only the beginning is shown.
    await expect(page.getByText(story.customer)).toBeHidden();
    const bill = page.getByText(INVOICE);
    story.invoice = INVOICE.exec(await bill.innerText())?.[0] ?? '';
    expect(story.invoice).not.toBe('');
    await page.getByRole('button', { name: /^Bayar Rp/ }).click();
    await expect(page).toHaveURL(/\/sim-gateway\/pay\//);
    await page.screenshot({ path: 'test-results/gateway.png', fullPage: true });
    await page.getByRole('button', { name: 'Bayar' }).click();
    await expect(page).toHaveURL(/\/pay\/status\//);
    // The page refreshes itself until the router has opened the line.
    await expect(page.getByText('Lunas, internet Anda aktif kembali')).toBeVisible({
      timeout: 30_000,
    });
    await page.screenshot({ path: 'test-results/paid.png', fullPage: true });
    await page.context().close();
  });

  await test.step('the line is open and the bill is paid', async () => {
    await desk.reload();
    await expect(desk.getByText('Aktif').first()).toBeVisible();
    await desk.screenshot({ path: 'test-results/customer-active.png', fullPage: true });
    await desk.context().close();
    const finance = await logIn(browser, 'finance');
    await finance.goto(story.customerUrl);
    const bill = finance.getByRole('row', { name: new RegExp(story.invoice) });
    await expect(bill).toContainText('Lunas');
    await finance.context().close();
  });
});
