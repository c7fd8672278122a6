// Cash on its way: taken at the customer's door, handed over into a drawer, counted into the safe, paid into the bank.
import { type Browser, expect, type Page } from '@playwright/test';
import { dispatched, type Job } from './jobs';
import { logIn, TECHNICIAN, test } from './people';
import { act, read } from './world';

const OWED = 111_000;
type Held = { amount: number; moves: { kind: string; amount: number; number: string }[] };
type Cash = { drawer: { expected: number } | null; safes: { amount: number }[] };

async function get<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(path);
  expect(answer.ok(), path).toBe(true);
  return (await answer.json()) as T;
}

/** A job whose customer owes for something done once. */
async function owing(browser: Browser): Promise<Job & { customerId: string }> {
  const job = await dispatched(browser);
  const finance = await logIn(browser, 'finance');
  const { customer_id } = await get<{ customer_id: string }>(
    finance,
    `/api/v1/work-orders/${job.order}`,
  ).catch(async () => {
    const found = await read<{ id: string }>(finance, `/api/v1/customers?q=${job.customer}`);
    return { customer_id: found[0]?.id ?? '' };
  });
  await act(finance, '/api/v1/invoices', {
    customer_id,
    lines: [{ name: 'Geser kabel', amount: OWED }],
  });
  await finance.context().close();
  return { ...job, customerId: customer_id };
}

const held = (page: Page) => get<Held>(page, '/api/v1/cash/held');

test('a technician takes cash at the door, and it reaches the bank', async ({ browser }) => {
  const job = await owing(browser);
  const phone = await logIn(browser, 'teknisi', job.place, ['ERR_FAILED']);
  const before = await held(phone);
  let owed = 0;
  let number = '';

  await test.step('without a signal no money is taken', async () => {
    await phone.goto('/field');
    await phone.getByText(job.customer).click();
    await phone.getByRole('link', { name: 'Terima uang tunai' }).click();
    await expect(phone.getByText('Geser kabel').or(phone.getByText(/INV\//)).first()).toBeVisible();
    owed = (await get<{ owed: number }>(phone, `/api/v1/cash/due/${job.customerId}`)).owed;
    expect(owed).toBeGreaterThanOrEqual(OWED);
    await phone.context().setOffline(true);
    await expect(phone.getByText(/Tanpa sinyal uang tidak bisa dicatat/)).toBeVisible();
    await phone.context().setOffline(false);
    await expect(phone.getByText(/Tanpa sinyal uang tidak bisa dicatat/)).toBeHidden();
  });

  await test.step('an answer that is lost is asked for again, and the money counts once', async () => {
    await phone.getByRole('textbox', { name: 'Uang yang diberikan' }).fill(String(owed + 39_000));
    await expect(phone.getByText('Kembalian')).toContainText('39.000');
    await phone.route(
      '**/api/v1/cash/collections',
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    const take = phone.getByRole('button', { name: /^Terima Rp/ });
    await take.click();
    await expect(phone.getByText(/mungkin sudah tercatat/)).toBeVisible();
    await take.dblclick();
    await expect(phone.getByText('Uang diterima')).toBeVisible();
    const now = await held(phone);
    expect(now.amount).toBe(before.amount + owed);
    expect(now.moves.length).toBe(before.moves.length + 1);
    number = now.moves[0]?.number ?? '';
    await expect(phone.getByText(number)).toBeVisible();
  });

  await test.step('the customer gets the receipt', async () => {
    const paper = await phone.getByRole('link', { name: 'Cetak 58 mm' }).getAttribute('href');
    const answer = await phone.request.get(paper ?? '');
    expect(answer.headers()['content-type']).toBe('application/pdf');
    await phone.screenshot({ path: 'test-results/collected.png', fullPage: true });
    await phone.getByRole('link', { name: 'Uang yang saya pegang' }).click();
    await expect(phone.getByText(job.customer)).toBeVisible();
    await phone.screenshot({ path: 'test-results/held.png', fullPage: true });
    // Another one does not read it.
    const other = await logIn(browser, 'teknisi2');
    expect((await other.request.get(paper ?? '')).status()).toBe(404);
    await other.context().close();
    await phone.context().close();
  });

  const finance = await logIn(browser, 'finance');
  const sum = before.amount + owed;
  await test.step('the cashier counts it with them and takes it into the drawer', async () => {
    await finance.goto('/cash');
    const row = finance.getByRole('row', { name: new RegExp(TECHNICIAN) });
    await expect(row.getByRole('button', { name: 'Terima setoran' })).toHaveAttribute(
      'aria-disabled',
      'true',
    );
    await finance.getByRole('button', { name: 'Buka kas' }).click();
    await finance.getByRole('dialog').getByRole('button', { name: 'Buka kas' }).click();
    await expect(finance.getByText(/KAS\//).first()).toBeVisible();
    await row.click();
    await expect(finance.getByText(number)).toBeVisible();
    await finance.getByRole('button', { name: 'Terima setoran' }).click();
    const form = finance.getByRole('dialog');
    await expect(form.getByRole('textbox', { name: 'Uang yang dihitung' })).toHaveValue(
      new Intl.NumberFormat('id-ID').format(sum),
    );
    await form.getByRole('button', { name: 'Terima setoran' }).click();
    await expect(form.getByText('Setoran diterima')).toBeVisible();
    const paper = await form.getByRole('link', { name: 'Cetak tanda terima' }).getAttribute('href');
    expect((await finance.request.get(paper ?? '')).headers()['content-type']).toBe(
      'application/pdf',
    );
    await form.getByRole('button', { name: 'Selesai' }).click();
    await expect(finance.getByText('Dipegang sekarang').locator('..')).toContainText('Rp 0');
  });

  await test.step('the drawer is counted, and the safe goes to the bank', async () => {
    await finance.goto('/cash?view=safe');
    const { drawer } = await get<Cash>(finance, '/api/v1/cash');
    expect(drawer?.expected).toBe(sum);
    await finance.getByRole('button', { name: 'Hitung & tutup' }).click();
    const count = finance.getByRole('dialog');
    await count.getByRole('textbox', { name: 'Hasil hitung' }).fill(String(sum));
    await count.getByRole('button', { name: 'Hitung & tutup' }).click();
    await expect(finance.getByRole('button', { name: 'Buka kas' })).toBeVisible();
    const before = await get<Cash>(finance, '/api/v1/cash');
    const at = before.safes.findIndex((safe) => safe.amount > 0);
    const there = before.safes[at]?.amount ?? 0;
    expect(there).toBeGreaterThanOrEqual(sum);
    await finance.getByRole('button', { name: 'Setor ke bank' }).nth(at).click();
    const form = finance.getByRole('dialog');
    await form.getByRole('textbox', { name: 'Jumlah' }).fill(String(sum));
    await form.getByRole('textbox', { name: /Nomor slip/ }).fill('BCA 0711');
    await form.getByRole('button', { name: 'Setor ke bank' }).click();
    await expect(form).toBeHidden();
    const after = await get<Cash>(finance, '/api/v1/cash');
    expect(after.safes[at]?.amount).toBe(there - sum);
    await expect(
      finance.getByRole('region', { name: 'Kas besar' }).getByRole('row').nth(1),
    ).toContainText('Bank');
    await finance.screenshot({ path: 'test-results/safe.png', fullPage: true });
    await finance.context().close();
  });
});
