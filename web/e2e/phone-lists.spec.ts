// The office on a phone: lists are sorted by a menu, and the place one is at is in sight.
import { expect } from '@playwright/test';
import { logIn, PHONE, test } from './people';

test('a list is sorted without its heads, and the tab one is at is in sight', async ({
  browser,
}) => {
  const page = await logIn(browser, 'finance', undefined, [], PHONE);
  await page.goto('/invoices');
  const owed = async () =>
    (await page.locator('tbody tr td:last-child').allInnerTexts()).map((text) =>
      Number(text.replace(/\D/g, '')),
    );
  await page.getByRole('button', { name: 'Urutkan' }).click();
  await page.getByRole('menuitem', { name: 'Belum dibayar' }).click();
  await expect(page).toHaveURL(/sort=owed&dir=desc/);
  await expect
    .poll(async () => {
      const seen = await owed();
      return seen.length > 1 && seen.every((one, at) => at === 0 || one <= (seen[at - 1] ?? 0));
    })
    .toBe(true);
  await page.getByRole('menuitem', { name: /Belum dibayar/ }).click();
  await expect(page).toHaveURL(/dir=asc/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Belum dibayar naik' })).toBeVisible();

  await page.goto('/sweeps');
  await expect(page.getByRole('tab', { name: 'Sapuan isolir' })).toBeInViewport({ ratio: 0.9 });
  await page.goto('/invoices');
  await expect(page.getByRole('tab', { name: 'Tagihan' })).toBeInViewport({ ratio: 0.9 });
  await page.context().close();
});
