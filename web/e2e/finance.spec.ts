// Cash by keyboard alone: a drawer is opened, takes money and is closed; a run is previewed and issued.
import { expect } from '@playwright/test';
import { logIn, test } from './people';
import { read } from './world';

type Bill = { customer_name: string; customer_number: string };

test('a drawer is opened, takes cash and is closed, by keyboard alone', async ({ browser }) => {
  const page = await logIn(browser, 'finance');
  const [bill] = await read<Bill>(page, '/api/v1/invoices?state=overdue&limit=1');
  if (!bill) throw new Error('the demo has no overdue invoice');
  await page.goto('/cashier');
  await page.getByRole('button', { name: 'Buka kas' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Modal awal' })).toBeFocused();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('200000');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/KAS\//)).toBeVisible();

  const search = page.getByRole('combobox', { name: /Nama, HP/ });
  await search.focus();
  let keys = 0;
  const press = async (key: string) => {
    keys += 1;
    await page.keyboard.press(key);
  };
  for (const letter of bill.customer_number) await press(letter);
  await expect(page.getByRole('option').first()).toContainText(bill.customer_name);
  await expect(page.locator('.mantine-Loader-root')).toBeHidden();
  await press('Enter');
  await expect(page.getByRole('textbox', { name: 'Uang dari pelanggan' })).toBeFocused();
  await press('Enter');
  await expect(page.getByText('Pembayaran diterima')).toBeVisible();
  expect(keys).toBeLessThanOrEqual(12);

  // What should be in the drawer is counted, and it is closed.
  const answer = await page.request.get('/api/v1/cash');
  const cash = (await answer.json()) as { drawer: { id: string; expected: number; taken: number } };
  expect(cash.drawer.taken).toBeGreaterThan(0);
  expect(cash.drawer.expected).toBe(200_000 + cash.drawer.taken);
  await page.getByRole('button', { name: 'Hitung & tutup' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Hasil hitung' })).toBeFocused();
  await page.keyboard.type(String(cash.drawer.expected));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Buka kas' })).toBeVisible();
  await page.goto('/cash');
  await expect(page.getByRole('region', { name: 'Riwayat kas' })).toContainText('Ditutup');
  await page.context().close();
});
