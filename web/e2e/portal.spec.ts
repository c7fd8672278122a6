// A customer whose line is cut down comes into the portal by a code, sees why, pays, and is online.
import { type Browser, expect, type Page } from '@playwright/test';
import { logIn, stranger, test } from './people';
import { askCode, typeCode } from './portal-door';
import { read } from './world';

type Line = { id: string; customer_id: string };

/** A customer with an isolated line that is dialled in, and their phone. */
async function isolated(sales: Page, noc: Page): Promise<Line & { phone: string; name: string }> {
  const lines = await read<Line>(sales, '/api/v1/subscriptions?state=isolated&limit=200');
  // Some are isolated because their quota is used up: those owe nothing.
  const bills = await read<Omit<Line, 'id'>>(sales, '/api/v1/invoices?state=overdue&limit=200');
  for (const line of lines) {
    if (!bills.some((bill) => bill.customer_id === line.customer_id)) continue;
    const live = await read<object>(
      noc,
      `/api/v1/sessions?subscription=${line.id}&state=live&limit=1`,
    );
    if (live.length === 0) continue;
    const answer = await sales.request.get(`/api/v1/customers/${line.customer_id}`);
    const customer = (await answer.json()) as { phone: string; name: string };
    return { ...line, phone: customer.phone, name: customer.name };
  }
  throw new Error('the demo has no isolated customer who is dialled in');
}

async function people(browser: Browser): Promise<[Page, Page, Page]> {
  return Promise.all([logIn(browser, 'sales'), logIn(browser, 'noc'), stranger(browser)]);
}

test('an isolated customer logs in, sees why, pays and is online', async ({ browser }) => {
  const [sales, noc, page] = await people(browser);
  const line = await isolated(sales, noc);
  const code = await askCode(page, sales, line.customer_id, line.phone);

  // Five wrong ones void it.
  const wrong = code === '000000' ? '111111' : '000000';
  for (let n = 1; n <= 5; n += 1) {
    await typeCode(page, wrong);
    await expect(page.getByRole('alert')).toContainText(n < 5 ? 'tidak cocok' : 'lima kali');
  }
  await typeCode(page, code);
  await expect(page.getByRole('alert')).toContainText('lima kali');

  await typeCode(page, await askCode(page, sales, line.customer_id, line.phone));
  await expect(page).toHaveURL(/\/me$/);
  await expect(page.getByText('Diisolir').first()).toBeVisible();
  await page.screenshot({ path: 'test-results/portal-isolated.png', fullPage: true });
  await page.getByRole('link', { name: 'Kenapa segini?' }).first().click();
  await expect(page.getByText('Total', { exact: true })).toBeVisible();
  await page.screenshot({ path: 'test-results/portal-bill.png', fullPage: true });
  await page.goBack();
  await page
    .getByRole('button', { name: /^Bayar Rp/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/sim-gateway\/pay\//);
  await page.getByRole('button', { name: 'Bayar' }).click();
  await expect(page).toHaveURL(/\/pay\/status\//);
  await page.goto('/me');
  await expect(page.getByText('Tidak ada tagihan').first()).toBeVisible();
  await expect(page.getByText('Tersambung').first()).toBeVisible({ timeout: 30_000 });
  await page.screenshot({ path: 'test-results/portal-paid.png', fullPage: true });

  // The router was told: the live session runs with full access.
  const session = async () =>
    (
      await read<{ isolated: boolean }>(
        noc,
        `/api/v1/sessions?subscription=${line.id}&state=live&limit=1`,
      )
    )[0]?.isolated;
  await expect.poll(session).toBe(false);
  for (const place of ['bills', 'usage', 'settings', 'report']) {
    await page.goto(`/me/${place}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.screenshot({ path: `test-results/portal-${place}.png`, fullPage: true });
  }
  await Promise.all([sales, noc, page].map((one) => one.context().close()));
});

test('a captive browser without scripts reads the bill and the code to pay it by', async ({
  browser,
}) => {
  const [sales, noc, other] = await people(browser);
  const line = await isolated(sales, noc);
  const answer = await sales.request.get(`/api/v1/customers/${line.customer_id}`);
  const { number } = (await answer.json()) as { number: string };
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/pay');
  await page.getByLabel('Nomor pelanggan').fill(number);
  await page.getByRole('button').first().click();
  await expect(page.getByText(/INV\//).first()).toBeVisible();
  await page
    .getByRole('button', { name: /^Bayar Rp/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/sim-gateway\/pay\//);
  await page.getByRole('link').last().click();
  await expect(page).toHaveURL(/\/pay\/status\//);
  await expect(page.locator('.code')).toHaveText(/\S{6,}/);
  await Promise.all(
    [context, ...[sales, noc, other].map((one) => one.context())].map((c) => c.close()),
  );
});
