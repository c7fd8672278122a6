// The customers' door: a code to the phone, read in the demo's outbox.
import { expect, type Page } from '@playwright/test';
import { read } from './world';

type Message = { id: string; body: string; template: string };

/** Asks for a code and reads it in the demo's outbox. */
export async function askCode(
  page: Page,
  sales: Page,
  customer: string,
  phone: string,
): Promise<string> {
  const path = `/api/v1/messages?customer=${customer}&limit=1`;
  const before = (await read<Message>(sales, path))[0]?.id;
  await page.goto('/me/login');
  await page.getByRole('textbox', { name: 'Nomor HP' }).fill(`+${phone}`);
  await page.getByRole('button', { name: 'Kirim kode' }).click();
  await expect(page.getByRole('textbox', { name: 'Kode enam angka' })).toBeFocused();
  let code = '';
  await expect
    .poll(async () => {
      const newest = (await read<Message>(sales, path))[0];
      if (newest && newest.id !== before && newest.template === 'login_code')
        code = /\d{6}/.exec(newest.body)?.[0] ?? '';
      return code;
    })
    .toMatch(/^\d{6}$/);
  return code;
}

export async function typeCode(page: Page, code: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Kode enam angka' }).fill(code);
  await page.getByRole('button', { name: 'Masuk' }).click();
}
