// The pictures of the documentation: the sample with some decisions made, as the page shows it.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { expect, filter, listIsReady, test } from './app.ts';

const pictures = fileURLToPath(new URL('screenshots/', import.meta.url));

test.use({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });

test('the pictures of the documentation', async ({ page, serve, command, folder, sample }) => {
  const dataset = join(folder, 'landscapes');
  cpSync(sample.dataset, dataset, { recursive: true });
  await command('train', dataset);
  await page.goto((await serve(dataset)).url);
  await listIsReady(page);

  // Some that were decided earlier, and four that are still in sight.
  await page.keyboard.type('11111k111111x1111111k1');
  await expect(filter(page, 'Relabelled')).toHaveText('Relabelled 19');
  await page.keyboard.press('r');
  await expect(filter(page, 'To review')).toHaveText('To review 698');
  await listIsReady(page);
  await page.keyboard.type('11kx');
  await expect(filter(page, 'Excluded')).toHaveText('Excluded 2');
  await rankingIsCurrent(page);
  await take(page, 'review-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await take(page, 'review-dark');
  await page.emulateMedia({ colorScheme: 'light' });

  await page.getByRole('button', { name: 'Retrain' }).click();
  await page.getByRole('button', { name: 'Runs' }).click();
  await page.getByRole('checkbox', { name: 'Compare run 1' }).check();
  await page.getByRole('checkbox', { name: 'Compare run 2' }).check({ timeout: 120_000 });
  await expect(page.getByRole('heading', { name: 'Run 1 and run 2' })).toBeVisible();
  await take(page, 'runs-light');

  await page.getByRole('button', { name: 'Toploss' }).click();
  await expect(page.getByRole('heading', { name: 'Recent' })).toBeVisible();
  await take(page, 'start-light');
});

async function rankingIsCurrent(page: Page): Promise<void> {
  await expect(page.getByText('Labels changed since the last run')).toBeVisible({ timeout: 60_000 });
}

/** 256 colours keep a picture of the page small, and look the same. */
async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  await sharp(picture)
    .png({ palette: true, effort: 10 })
    .toFile(join(pictures, `${name}.png`));
}
