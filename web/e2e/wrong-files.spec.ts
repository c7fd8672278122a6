// What is given to the app by mistake is refused in words, and a form in a drawer outlives its session.
import { expect } from '@playwright/test';
import { logIn, test, typePassword } from './people';
import { act, PICTURE, read } from './world';

test('a picture is no bank statement, and a text no photo', async ({ browser }) => {
  const finance = await logIn(browser, 'finance');
  await finance.goto('/notices');
  await finance.getByRole('button', { name: 'Impor mutasi' }).click();
  const form = finance.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Rekening' }).fill('BCA 1234567890');
  const [chooser] = await Promise.all([
    finance.waitForEvent('filechooser'),
    form.getByRole('button', { name: 'Berkas CSV dari bank' }).click(),
  ]);
  await chooser.setFiles({ name: 'mutasi.csv', mimeType: 'text/csv', buffer: PICTURE });
  await expect(form.getByText(/bukan berkas CSV/)).toBeVisible();
  await finance.context().close();

  const sales = await logIn(browser, 'sales');
  const [line] = await read<{ id: string }>(sales, '/api/v1/subscriptions?state=active&limit=1');
  const ticket = await act<{ id: string }>(sales, '/api/v1/tickets', {
    category: 'other',
    subscription_id: line?.id,
    text: 'Tanya soal foto',
  });
  await sales.goto(`/tickets/${ticket.id}`);
  const [photo] = await Promise.all([
    sales.waitForEvent('filechooser'),
    sales.getByRole('button', { name: 'Lampirkan foto' }).click(),
  ]);
  await photo.setFiles({
    name: 'foto.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.from('bukan foto'),
  });
  await expect(sales.getByText(/tidak terbaca/i).first()).toBeVisible();
  await sales.context().close();
});

test('what is typed in a drawer outlives the session', async ({ browser }) => {
  const page = await logIn(browser, 'sales');
  const [line] = await read<{ customer_id: string }>(page, '/api/v1/subscriptions?state=active');
  await page.goto(`/customers/${line?.customer_id}`);
  await page.getByRole('button', { name: 'Ubah data' }).click();
  const form = page.getByRole('dialog', { name: 'Ubah data' });
  const address = form.getByRole('textbox', { name: 'Alamat' });
  const typed = `Jl. Uji ${String(Date.now()).slice(-5)}`;
  await address.fill(typed);
  await page.context().clearCookies();
  await form.getByRole('button', { name: 'Simpan' }).click();
  const again = page
    .getByRole('dialog')
    .filter({ has: page.getByRole('textbox', { name: 'Kata sandi' }) });
  await expect(again).toBeVisible();
  await typePassword(page, 'sales');
  await expect(again).toBeHidden();
  await expect(address).toHaveValue(typed);
  await form.getByRole('button', { name: 'Simpan' }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText(typed).first()).toBeVisible();
  await page.context().close();
});
