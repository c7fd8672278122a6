// What the office does all day, each by the person whose work it is.
import { expect } from '@playwright/test';
import { logIn, test } from './people';
import { read } from './world';

type Bill = { customer_name: string; customer_number: string; outstanding: number };

test('the counter takes money by keyboard alone, in three steps', async ({ browser }) => {
  const page = await logIn(browser, 'finance');
  const [bill] = await read<Bill>(page, '/api/v1/invoices?state=overdue&limit=1');
  if (!bill) throw new Error('the demo has no overdue invoice');
  await page.goto('/cashier');
  await expect(page.getByRole('combobox', { name: /Nama, HP/ })).toBeFocused();
  let keys = 0;
  const press = async (key: string) => {
    keys += 1;
    await page.keyboard.press(key);
  };
  for (const letter of bill.customer_number) await press(letter);
  await expect(page.getByRole('option').first()).toContainText(bill.customer_name);
  await expect(page.locator('.mantine-Loader-root')).toBeHidden();
  await press('Enter');
  // What it will settle is said before it is taken.
  await expect(page.getByRole('table', { name: 'Uang ini melunasi' })).toContainText('lunas');
  await expect(page.getByRole('textbox', { name: 'Uang dari pelanggan' })).toBeFocused();
  await press('Enter');
  await expect(page.getByText('Pembayaran diterima')).toBeVisible();
  await expect(page.getByRole('link', { name: /^KW\// })).toBeVisible();
  expect(keys).toBeLessThanOrEqual(12);
  await page.screenshot({ path: 'test-results/receipt.png' });
  await page.context().close();
});

test('NOC ends a session and sees it come back', async ({ browser }) => {
  const page = await logIn(browser, 'noc');
  await page.goto('/network?state=live');
  const row = page.getByRole('row').nth(1);
  const name = (await row.locator('.serial').first().innerText()).trim();
  const live = `/api/v1/sessions?q=${encodeURIComponent(name)}&state=live&limit=1`;
  const [before] = await read<{ id: string }>(page, live);
  await row.getByRole('button', { name: 'Putuskan' }).click();
  const ask = page.getByRole('dialog');
  await expect(ask).toContainText(name);
  await ask.getByRole('button', { name: 'Putuskan' }).click();
  await expect(ask).toBeHidden();
  const sessions = (state: string) => {
    const path = `/api/v1/sessions?q=${encodeURIComponent(name)}&state=${state}&limit=1`;
    return read<{ id: string; username: string }>(page, path);
  };
  const ended = async () => (await sessions('closed'))[0]?.id;
  await expect.poll(ended, { timeout: 30_000 }).toBe(before?.id);
  // The modem dials again by itself: another session of the same line.
  const back = async () => (await sessions('live'))[0];
  await expect.poll(async () => (await back())?.username, { timeout: 60_000 }).toBe(name);
  expect((await back())?.id).not.toBe(before?.id);
  await page.goto(`/network?q=${encodeURIComponent(name)}&state=live`);
  await expect(page.getByRole('row').filter({ hasText: name })).toBeVisible();
  await page.context().close();
});

test('what is typed at once after Ctrl-K is heard', async ({ browser }) => {
  const page = await logIn(browser, 'noc');
  await expect(page.getByRole('button', { name: /Cari apa saja/ })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('C000150');
  await expect(page.getByRole('combobox')).toHaveValue('C000150');
  await expect(page.getByRole('option').first()).toContainText('C000150');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('combobox')).toHaveCount(0);
  await page.context().close();
});

test('a page of another role says so, and the API refuses', async ({ browser }) => {
  const page = await logIn(browser, 'gudang');
  for (const address of ['/cashier', '/network', '/billing-runs', '/setup/users', '/sweeps']) {
    await page.goto(address);
    await expect(page.getByText('Halaman ini bukan untuk peran Anda')).toBeVisible();
  }
  expect((await page.request.get('/api/v1/payments')).status()).toBe(403);
  expect((await page.request.get('/api/v1/users')).status()).toBe(403);
  await page.context().close();
});

test('finance sees the next run line by line, and can issue it only when its day has come', async ({
  browser,
}) => {
  // 422 is the refusal that the last step provokes.
  const page = await logIn(browser, 'finance', undefined, [422]);
  await page.goto('/billing-runs');
  await page.getByLabel('Tanggal terbit').click();
  await page.locator('button[data-direction="next"]').click();
  await page
    .getByRole('button', { name: /^1 \S+ \d{4}$/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Simulasi' }).click();
  const [lines, sums] = [page.locator('tbody tr'), page.getByText('Jumlah tagihan')];
  await expect(sums).toBeVisible();
  expect(await lines.filter({ hasText: /Rp/ }).count()).toBeGreaterThan(5);
  await page.getByRole('button', { name: 'Terbitkan', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Terbitkan' }).click();
  await expect(dialog.getByText(/belum tiba/)).toBeVisible();
  await expect(page).toHaveURL(/\/billing-runs$/);
  await page.context().close();
});

test('the person’s menu opens by keyboard and gives the focus back', async ({ browser }) => {
  const page = await logIn(browser, 'sales');
  const button = page.getByRole('button', { name: /^Menu / });
  for (const time of ['first', 'second']) {
    await button.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menuitem').first(), time).toBeVisible();
    await expect(button, time).not.toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('menuitem').first(), time).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('menuitem'), time).toHaveCount(0);
    await expect(button, time).toBeFocused();
  }
  await page.context().close();
});
