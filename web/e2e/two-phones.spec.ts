// Two phones of one crew, without a signal: both put the same modem into another house. The one whose steps
// arrive first has it; the other is told so, and what to do.
import { type Browser, expect, type Page } from '@playwright/test';
import { arrive, dispatched, finish, type Job, photograph } from './jobs';
import { logIn, scan, test } from './people';

/** A phone that has its jobs and has lost its signal. */
async function phoneAt(browser: Browser, job: Job): Promise<Page> {
  const page = await logIn(browser, 'teknisi', job.place);
  await page.goto('/field');
  await expect(page.getByText(job.customer)).toBeVisible();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.context().setOffline(true);
  return page;
}

test('of two phones that claim one modem one wins, and the other gets a clear task', async ({
  browser,
}) => {
  const [first, second] = [await dispatched(browser), await dispatched(browser)];
  const [slow, fast] = [await phoneAt(browser, first), await phoneAt(browser, second)];
  for (const [page, job] of [
    [slow, first],
    [fast, second],
  ] as const) {
    await arrive(page, job);
    await scan(page, 'Pindai modem', `SMB:SN:${second.serial}`);
    await photograph(page, 'Foto pemasangan');
    await finish(page);
  }

  await fast.context().setOffline(false);
  await fast.goto('/field/queue');
  await expect(fast.getByText('Semua sudah terkirim')).toBeVisible({ timeout: 60_000 });
  await slow.context().setOffline(false);
  const task = slow.getByRole('alert').filter({ hasText: 'Ditolak: Pindai perangkat' });
  await expect(task).toBeVisible({ timeout: 60_000 });
  await expect(task).toContainText(second.serial);
  await slow.screenshot({ path: 'test-results/claimed-twice.png', fullPage: true });

  await test.step('NOC sees the refused step until it is made good', async () => {
    const noc = await logIn(browser, 'noc');
    await noc.goto('/work-orders/field-steps');
    const row = noc.getByRole('row').filter({ hasText: second.serial });
    await expect(row.first()).toContainText('Ditolak');
    await noc.context().close();
  });

  await test.step('the right modem is scanned, and everything that waited goes on', async () => {
    await scan(slow, 'Pindai modem', `SMB:SN:${first.serial}`);
    await expect(slow.getByText('Selesai').first()).toBeVisible({ timeout: 60_000 });
    const noc = await logIn(browser, 'noc');
    for (const job of [first, second]) {
      await noc.goto(`/work-orders/${job.order}`);
      await expect(noc.getByText('Selesai').first()).toBeVisible({ timeout: 30_000 });
      await expect(noc.getByRole('link', { name: job.serial })).toBeVisible();
    }
    await noc.context().close();
  });
  await Promise.all([slow, fast].map((page) => page.context().close()));
});
