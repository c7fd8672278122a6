// A customer answers in their report, on their own pages and by the clocks of their branch.
import { expect, type Page } from '@playwright/test';
import { logIn, stranger, test } from './people';
import { askCode, typeCode } from './portal-door';
import { act, read } from './world';

type Branch = { id: string; zone: string };
type Line = { id: string; customer_id: string };
type Customer = { phone: string; branch_id: string };

/** Somebody of the branch that lives by other clocks than the browser. */
async function customerInTheEast(sales: Page): Promise<{ line: Line; phone: string }> {
  const branches = await read<Branch>(sales, '/api/v1/branches');
  const east = branches.find((one) => one.zone === 'Asia/Makassar');
  for (const line of await read<Line>(sales, '/api/v1/subscriptions?state=active&limit=100')) {
    const answer = await sales.request.get(`/api/v1/customers/${line.customer_id}`);
    const customer = (await answer.json()) as Customer;
    if (customer.branch_id === east?.id) return { line, phone: customer.phone };
  }
  throw new Error('the demo has no customer in Makassar');
}

test('a customer is asked, answers, and agrees that it is solved', async ({ browser }) => {
  const sales = await logIn(browser, 'sales');
  const noc = await logIn(browser, 'noc');
  const { line, phone } = await customerInTheEast(sales);
  const page = await stranger(browser);
  await typeCode(page, await askCode(page, sales, line.customer_id, phone));
  await expect(page).toHaveURL(/\/me$/);

  await page.goto('/me/report');
  await page.getByRole('radio', { name: 'Lainnya' }).check();
  await page.getByRole('textbox', { name: /Ceritakan/ }).fill('Kabel di teras kendur');
  await page.getByRole('button', { name: 'Kirim laporan' }).click();
  const sent = await page.getByText(/Laporan TKT\d+ sudah kami terima/).innerText();
  const number = /TKT\d+/.exec(sent)?.[0] ?? '';
  const found = await read<{ id: string }>(noc, `/api/v1/tickets?q=${number}`);
  const id = found[0]?.id ?? '';
  await act(noc, `/api/v1/tickets/${id}/comments`, { text: 'cek tiang 7', internal: true });
  await act(noc, `/api/v1/tickets/${id}/ask`, { text: 'Di teras depan atau belakang?' });

  await page.getByText(number).last().click();
  await expect(page.getByText('Di teras depan atau belakang?')).toBeVisible();
  await expect(page.getByText('cek tiang 7')).toBeHidden();
  await expect(page.getByText('Menunggu jawaban Anda')).toBeVisible();
  // What is typed waits for a better moment.
  await page.getByRole('textbox', { name: 'Tulis balasan' }).fill('Di depan, dekat pintu');
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Tulis balasan' })).toHaveValue(
    'Di depan, dekat pintu',
  );
  await page.getByRole('button', { name: 'Kirim balasan' }).click();
  const own = page.getByRole('listitem').filter({ hasText: 'Di depan, dekat pintu' });
  await expect(own).toContainText('Anda');
  await expect(page.getByText('Dikerjakan', { exact: true })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Tulis balasan' })).toHaveValue('');

  // The browser is in Jakarta; the clock on the wall of the customer's branch is an hour ahead.
  const said = await own.getByRole('time').getAttribute('datetime');
  const shown = await own.getByRole('time').innerText();
  const wall = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Makassar',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(said ?? ''));
  expect(shown).toContain(wall.replace(':', '.'));

  await act(noc, `/api/v1/tickets/${id}/resolve`, { resolution: 'Kabel sudah dikencangkan.' });
  await page.reload();
  await expect(page.getByText('Kabel sudah dikencangkan.')).toBeVisible();
  await page.screenshot({ path: 'test-results/portal-ticket.png', fullPage: true });
  await page.getByRole('button', { name: 'Ya, sudah beres' }).click();
  await expect(page.getByText('Ditutup').first()).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Tulis balasan' })).toHaveCount(0);
  await Promise.all([sales, noc, page].map((one) => one.context().close()));
});
