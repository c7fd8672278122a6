// A reseller's day on the phone: register, top up, pay from the balance, see the commission; and money that
// comes back.
import { expect, type Page } from '@playwright/test';
import { logIn, test } from './people';
import { act, read, servedPlace } from './world';

type Me = { partner_id: string };
type Row = { kind: string; amount: number; balance_after: number; debt_after: number };
type Bill = { id: string; number: string; customer_id: string; customer_name: string };
type Own = { customer_id: string; name: string; outstanding: number; condition: string };

async function one<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(path);
  expect(answer.ok(), path).toBe(true);
  return (await answer.json()) as T;
}

/** Every row's balance is the sum of all rows up to it. */
async function addsUp(page: Page, partner: string): Promise<Row[]> {
  const rows = await read<Row>(page, `/api/v1/wallet/${partner}/statement?limit=200`);
  const last = rows.at(-1);
  let sum = last ? last.balance_after - last.debt_after - last.amount : 0;
  for (const row of [...rows].reverse()) {
    sum += row.amount;
    expect(row.balance_after - row.debt_after, JSON.stringify(row)).toBe(sum);
    expect(row.balance_after).toBeGreaterThanOrEqual(0);
  }
  return rows;
}

// First: the invoice that it pays and takes back is open again for the next ones.
test('commission that was spent is taken back, and the statement still adds up', async ({
  browser,
}) => {
  const mitra = await logIn(browser, 'mitra');
  const { partner_id: partner } = await one<Me>(mitra, '/api/v1/me');
  const bills = [
    ...(await read<Bill & { outstanding: number }>(mitra, '/api/v1/invoices?state=overdue')),
    ...(await read<Bill & { outstanding: number }>(mitra, '/api/v1/invoices?state=issued')),
  ];
  const bill = bills.find((one) => one.outstanding > 20_000);
  if (!bill) throw new Error("the demo's reseller has no open invoice");
  const finance = await logIn(browser, 'finance');
  const take = (amount: number) =>
    act<{ payment_id: string }>(finance, '/api/v1/payments', {
      customer_id: bill.customer_id,
      invoice_id: bill.id,
      channel: 'cash',
      amount,
    });
  const count = async () => (await addsUp(mitra, partner)).length;
  const start = await count();
  await take(10_000);
  expect(await count(), 'a part yields nothing').toBe(start);
  const rest = await take(bill.outstanding - 10_000);
  const earned = (await addsUp(mitra, partner))[0];
  expect(earned?.kind).toBe('commission');

  const reversal = await act<{ id: string }>(
    finance,
    `/api/v1/payments/${rest.payment_id}/reverse`,
    { why: 'Cek kosong' },
  );
  const second = await logIn(browser, 'finance2');
  await act(second, `/api/v1/approvals/${reversal.id}/approve`, {});
  const [back] = await addsUp(mitra, partner);
  expect(back).toMatchObject({ kind: 'clawback', amount: -(earned?.amount ?? 0) });
  await mitra.goto('/partner/commission');
  await expect(mitra.getByText('Ditarik kembali').first()).toBeVisible();
  await mitra.goto('/partner/wallet');
  await expect(mitra.getByText('Komisi ditarik kembali').first()).toBeVisible();
  for (const page of [mitra, finance, second]) await page.context().close();
});

test('a reseller registers, tops up, pays and sees the commission', async ({ browser }) => {
  const sales = await logIn(browser, 'sales');
  const place = await servedPlace(sales);
  await sales.context().close();
  const page = await logIn(browser, 'mitra');
  await expect(page).toHaveURL(/\/partner$/);
  const { partner_id: partner } = await one<Me>(page, '/api/v1/me');

  await test.step('register with the coverage answer', async () => {
    const name = `Rina ${String(Date.now()).slice(-6)}`;
    await page.getByRole('link', { name: 'Daftarkan' }).click();
    await page.getByRole('textbox', { name: 'Titik koordinat' }).fill(`${place.lat}, ${place.lon}`);
    await expect(page.getByText(/ODP|port/).first()).toBeVisible();
    await page.getByRole('textbox', { name: 'Nama', exact: true }).fill(name);
    await page
      .getByRole('textbox', { name: 'HP', exact: true })
      .fill(`0813${String(Date.now()).slice(-8)}`);
    await page.getByRole('textbox', { name: 'Alamat' }).fill('Jl. Melati 3');
    await page.getByRole('button', { name: 'Daftarkan' }).click();
    await expect(page.getByRole('heading', { name })).toBeVisible();
    await expect(page.getByText('Diverifikasi').first()).toBeVisible();
  });

  const before = (await one<{ balance: number }>(page, `/api/v1/wallet/${partner}`)).balance;
  await test.step('top up at the gateway', async () => {
    await page.goto('/partner/top-up');
    await page.getByRole('textbox', { name: 'Jumlah' }).fill('500.000');
    await page.getByRole('button', { name: 'Lanjut ke pembayaran' }).click();
    const [gateway] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Ke pembayaran' }).click(),
    ]);
    await gateway.getByRole('button').first().click();
    await expect(page.getByText('Sudah masuk saldo')).toBeVisible({ timeout: 30_000 });
    await gateway.close();
    const wallet = await one<{ balance: number }>(page, `/api/v1/wallet/${partner}`);
    expect(wallet.balance).toBe(before + 500_000);
  });

  await test.step('pay an invoice from the balance', async () => {
    const [bill] = await read<Bill>(page, '/api/v1/invoices?state=issued&limit=1');
    const [late] = await read<Bill>(page, '/api/v1/invoices?state=overdue&limit=1');
    const open = bill ?? late;
    if (!open) throw new Error("the demo's reseller has no open invoice");
    await page.goto(`/partner/customers/${open.customer_id}`);
    await expect(page.getByRole('heading', { name: open.customer_name })).toBeVisible();
    await page.getByRole('link', { name: `Bayar tagihan ${open.number}` }).click();
    await expect(page.getByText('Keluar dari saldo')).toBeVisible();
    await page.getByRole('button', { name: /dari saldo/ }).click();
    await expect(page.getByText('Tagihan lunas')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Bagikan' })).toBeVisible();
    await page.goto('/partner/commission');
    await expect(page.getByText(open.number).first()).toBeVisible();
    await expect(page.getByText('Sudah dipotong saat bayar').first()).toBeVisible();
  });
  const rows = await addsUp(page, partner);
  expect(rows.slice(0, 2).map((row) => row.kind)).toEqual(['payment', 'top_up']);
  await page.goto('/partner/wallet');
  await expect(page.getByText('Bayar tagihan').first()).toBeVisible();
  await page.context().close();
});

test("another's customer opens neither by address nor by the API", async ({ browser }) => {
  const sales = await logIn(browser, 'sales');
  type Customer = { id: string; partner_id: string | null };
  const all = await read<Customer>(sales, '/api/v1/customers?limit=100');
  const stranger = all.find((one) => one.partner_id == null);
  if (!stranger) throw new Error('the demo has only customers of resellers');
  await sales.context().close();
  const page = await logIn(browser, 'mitra', undefined, [404]);
  await page.goto(`/partner/customers/${stranger.id}`);
  await expect(page.getByRole('alert')).toContainText('tidak ada');
  for (const path of ['', '/statement', '/timeline']) {
    const answer = await page.request.get(`/api/v1/customers/${stranger.id}${path}`);
    const empty =
      answer.ok() && ((await answer.json()) as { items?: unknown[] }).items?.length === 0;
    expect(answer.status() === 404 || answer.status() === 403 || empty, path).toBe(true);
  }
  const { partner_id: partner } = await one<Me>(page, '/api/v1/me');
  const own = await read<Own>(page, `/api/v1/partners/${partner}/customers?limit=200`);
  expect(own.length).toBeGreaterThan(0);
  expect(own.some((row) => row.customer_id === stranger.id)).toBe(false);
  await page.goto('/partner/customers?online=false');
  await page.getByRole('button', { name: 'Kenapa?' }).first().click();
  await expect(page.getByRole('dialog')).not.toBeEmpty();
  await page.context().close();
});

test('finance sees the resellers, their rules and their top-ups', async ({ browser }) => {
  const mitra = await logIn(browser, 'mitra');
  const { partner_id: partner } = await one<Me>(mitra, '/api/v1/me');
  const reference = `TRF-${Date.now()}`;
  await act(mitra, `/api/v1/wallet/${partner}/top-up`, {
    amount: 75_000,
    channel: 'transfer',
    reference,
  });
  const page = await logIn(browser, 'finance');
  await page.goto('/resellers/top-ups?state=waiting');
  const row = page.getByRole('row').filter({ hasText: reference });
  await row.getByRole('button', { name: 'Setujui' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Setujui' }).click();
  await expect(row).toBeHidden();
  expect((await addsUp(mitra, partner))[0]).toMatchObject({ kind: 'top_up', amount: 75_000 });
  await page.goto(`/resellers/${partner}`);
  await page.getByRole('button', { name: 'Tambah aturan' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Persen' }).fill('12,5');
  await form.getByLabel('Berlaku mulai').fill('2030-01-01');
  await form.getByRole('button', { name: 'Simpan' }).click();
  await expect(page.getByText('12,5 %').first()).toBeVisible();
  await page.context().close();
  await mitra.context().close();
});
