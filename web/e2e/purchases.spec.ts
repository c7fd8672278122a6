// What is bought: the warehouse writes the order, finance approves it, the warehouse scans what comes.
import { expect } from '@playwright/test';
import { choose, logIn, PHONE, scan, test } from './people';

test('an order is written, approved by finance and received by scanning on a phone', async ({
  browser,
}) => {
  const number = String(Date.now()).slice(-7);
  let address = '';
  let order = '';

  await test.step('the warehouse writes it and hands it in', async () => {
    const page = await logIn(browser, 'gudang');
    await page.goto('/purchases/new');
    await choose(page, 'Pemasok', 'PT Fiber Nusantara');
    await choose(page, 'Gudang tujuan', /./);
    const line = page.getByRole('group', { name: 'Baris 1' });
    await choose(page, 'Barang', /ONT/);
    await line.getByLabel('Jumlah').fill('2');
    await line.getByLabel('Harga satuan').fill('350000');
    await expect(page.getByText('Rp 700.000').last()).toBeVisible();
    await page.getByRole('button', { name: 'Simpan draf' }).click();
    order = (await page.getByRole('heading', { name: /^PO\// }).innerText()).trim();
    address = new URL(page.url()).pathname;
    await page.getByRole('button', { name: 'Ajukan' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Ajukan' }).click();
    await expect(page.getByText('Menunggu persetujuan').first()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Setujui' })).toHaveCount(0);
    await page.context().close();
  });

  await test.step('finance finds it by its number and approves it', async () => {
    const page = await logIn(browser, 'finance');
    await expect(page.getByText('PO menunggu persetujuan Anda')).toBeVisible();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill(order);
    await expect(page.getByRole('option').first()).toContainText(order);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Setujui' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Setujui' }).click();
    await expect(page.getByText('Disetujui').first()).toBeVisible();
    await page.context().close();
  });

  await test.step('the warehouse scans three: one is more than was ordered', async () => {
    const page = await logIn(browser, 'gudang', undefined, [], PHONE);
    await page.goto(`${address}/receive`);
    for (const n of [1, 2, 3]) await scan(page, 'Pindai nomor seri', `SMB:SN:PO${number}${n}`);
    await page.getByRole('button', { name: 'Simpan 3' }).click();
    await expect(page.getByText(/lebih dari yang dipesan/)).toHaveCount(1);
    await expect(page.getByRole('button', { name: 'Simpan 1' })).toBeVisible();
    await page.goto(address);
    await expect(page.getByText('2 / 2')).toBeVisible();
    await page.goto(`/stock/items/PO${number}1`);
    await expect(page.getByRole('link', { name: order })).toBeVisible();
    await page.context().close();
  });
});
