// The camera for real: the browser plays a film of a label, and the app's own scanner reads it.
import { chromium, expect } from '@playwright/test';
import { film } from './film';
import { arrive, dispatched } from './jobs';
import { logIn, scan, test } from './people';
import { read } from './world';

/** A browser whose camera sees this code and nothing else. */
async function seeing(text: string, file: string) {
  await film(text, file);
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${file}`,
    ],
  });
}

test('the camera reads a modem’s label, and the account is made for it', async ({
  browser,
}, info) => {
  const job = await dispatched(browser);
  const phone = await seeing(`SMB:SN:${job.serial}`, info.outputPath('label.y4m'));
  const page = await logIn(phone, 'teknisi', job.place);
  await page.goto('/field');
  await arrive(page, job);
  await page.getByRole('button', { name: 'Pindai dengan kamera' }).click();
  // Read, told apart from typing, kept; the camera is closed again.
  await expect(page.locator('.serial').getByText(job.serial)).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('video')).toHaveCount(0);
  const item = async () => {
    const answer = await page.request.get(`/api/v1/work-orders/${job.order}`);
    const { item } = (await answer.json()) as { item: { serial: string; how: string } | null };
    return item && `${item.serial} ${item.how}`;
  };
  await expect.poll(item).toBe(`${job.serial} scanned`);
  await phone.close();
});

test('a code that is not ours is said to be so, and changes nothing', async ({ browser }, info) => {
  const job = await dispatched(browser);
  const phone = await seeing('WIFI:T:WPA;S:Warung;P:kopisusu;;', info.outputPath('wifi.y4m'));
  const page = await logIn(phone, 'teknisi', job.place);
  await page.goto('/field');
  await arrive(page, job);
  await page.getByRole('button', { name: 'Pindai dengan kamera' }).click();
  await expect(page.getByText(/Bukan kode perangkat: WIFI/)).toBeVisible({ timeout: 30_000 });
  const kinds = await read<{ item: object | null; id: string }>(page, '/api/v1/jobs');
  expect(kinds.find((one) => one.id === job.order)?.item).toBeNull();
  // The right one by a scanner still goes.
  await scan(page, 'Pindai modem', `SMB:SN:${job.serial}`);
  await expect(page.locator('.serial').getByText(job.serial)).toBeVisible();
  await phone.close();
});
