// A fault, from the desk that hears of it to the customer who agrees that it is gone.
import { Buffer } from 'node:buffer';
import { expect } from '@playwright/test';
import { choose, logIn, test } from './people';
import { read } from './world';

/** A red pixel: the smallest picture that a browser can shrink. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

test('a report is asked about, visited, resolved and closed', async ({ browser }) => {
  const sales = await logIn(browser, 'sales');
  const active = await read<{ customer_id: string }>(
    sales,
    '/api/v1/subscriptions?state=active&limit=50',
  );
  const subscription = active[Date.now() % active.length];
  if (!subscription) throw new Error('the demo has no active subscription');
  let ticket = '';

  await test.step('CS asks why and opens a ticket from the answer', async () => {
    await sales.goto(`/customers/${subscription.customer_id}`);
    await sales.getByRole('button', { name: 'Kenapa?', exact: true }).first().click();
    const why = sales.getByRole('dialog').first();
    await why.getByRole('button', { name: 'Buat tiket' }).click();
    const form = sales.getByRole('dialog', { name: 'Buat tiket' });
    await choose(sales, 'Jenis', 'Permintaan');
    await expect(form.getByRole('textbox', { name: 'Yang dilaporkan' })).not.toHaveValue('');
    await form.getByRole('textbox', { name: 'Keluhan' }).fill('Minta modem digeser');
    await form.getByRole('button', { name: 'Buat tiket' }).click();
    await expect(sales).toHaveURL(/\/tickets\//);
    await expect(sales.getByRole('heading', { name: /^TKT\d+$/ })).toBeVisible();
    ticket = sales.url();
  });

  await test.step('CS asks the customer, and the clock stands', async () => {
    await sales.getByRole('button', { name: 'Lainnya' }).click();
    await sales.getByRole('menuitem', { name: 'Tanya pelanggan' }).click();
    const form = sales.getByRole('dialog', { name: 'Tanya pelanggan' });
    await form.getByRole('textbox', { name: 'Pertanyaan' }).fill('Ke kamar yang mana?');
    await form.getByRole('button', { name: 'Tanya pelanggan' }).click();
    await expect(sales.getByText('Menunggu pelanggan', { exact: true })).toBeVisible();
    await expect(sales.getByText('Jam berhenti', { exact: true })).toBeVisible();
  });

  const noc = await logIn(browser, 'noc');
  await test.step('NOC notes something for colleagues, with a picture, and sends a visit', async () => {
    await noc.goto(ticket);
    await noc.getByText('Catatan internal', { exact: true }).click();
    await noc.getByRole('textbox', { name: 'Tulis pesan' }).fill('Kabel cukup panjang.');
    await noc.getByRole('button', { name: 'Kirim', exact: true }).click();
    await expect(noc.getByText('Kabel cukup panjang.')).toBeVisible();
    const picker = noc.waitForEvent('filechooser');
    await noc.getByRole('button', { name: 'Lampirkan foto' }).click();
    await (await picker).setFiles({ name: 'led.png', mimeType: 'image/png', buffer: PIXEL });
    await expect(noc.getByRole('img', { name: 'Foto' })).toBeVisible();
    await noc.getByRole('button', { name: 'Kirim teknisi' }).click();
    const form = noc.getByRole('dialog', { name: 'Kirim teknisi' });
    await form.getByRole('button', { name: 'Kirim teknisi' }).click();
    await expect(noc.getByRole('link', { name: /^SPK\d+$/ })).toBeVisible();
    await expect(noc.getByText('Dikerjakan', { exact: true })).toBeVisible();
  });

  await test.step('it is resolved, and closed for good', async () => {
    await noc.getByRole('button', { name: 'Selesaikan' }).click();
    const form = noc.getByRole('dialog', { name: 'Selesaikan' });
    await form.getByRole('textbox', { name: 'Penyelesaiannya' }).fill('Modem sudah digeser.');
    await form.getByRole('button', { name: 'Selesaikan' }).click();
    await noc.getByRole('button', { name: 'Tutup tiket' }).click();
    await noc.getByRole('dialog').getByRole('button', { name: 'Tutup tiket' }).click();
    await expect(noc.getByText('Ditutup', { exact: true })).toBeVisible();
    await expect(noc.getByRole('textbox', { name: 'Tulis pesan' })).toHaveCount(0);
  });

  await test.step('the customer’s page tells it', async () => {
    await sales.goto(`/customers/${subscription.customer_id}`);
    await expect(sales.getByText(/Tiket TKT\d+ \(permintaan\) ditutup/)).toBeVisible();
  });
});
