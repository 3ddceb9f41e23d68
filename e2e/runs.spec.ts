// Runs: a new one on corrected labels, and what became better.
import { decision, expect, filter, listIsReady, test } from './app.ts';

test('a second run is compared with the first on labels that were original, corrected and confirmed', async ({
  review: page,
}) => {
  await decision(page).getByRole('button', { name: /^1 / }).click();
  await decision(page).getByRole('button', { name: 'Keep' }).click();
  await decision(page).getByRole('button', { name: 'Keep' }).click();
  await expect(filter(page, 'Kept')).toHaveText('Kept 2');
  await page.getByRole('button', { name: 'Runs' }).click();
  const runs = page.getByRole('table').getByRole('row');
  await expect(runs.filter({ hasText: 'labels changed since' })).toHaveCount(1);

  await page.getByRole('banner').getByRole('button', { name: 'Retrain' }).click();
  await expect(page.getByRole('checkbox', { name: 'Compare run 2' })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('checkbox', { name: 'Compare run 1' }).check();
  await page.getByRole('checkbox', { name: 'Compare run 2' }).press('Space');

  await expect(page.getByRole('heading', { name: 'Run 1 and run 2' })).toBeVisible();
  const share = String.raw`[\d.]+ %`;
  for (const words of [
    'on the original labels 120 images',
    'on the corrected labels \\d+ images?',
    'on images you confirmed 3 images',
  ])
    await expect(page.getByRole('main')).toContainText(new RegExp(`${words}\\s*${share} → ${share}`));
  await expect(page.getByText(/^\d+ of 120 images moved by more than 1 % of the ranking\.$/)).toBeVisible();
  await expect(page.getByRole('main').getByRole('listitem').first()).toContainText(/\.jpg\s*\d+ → \d+/);
});

test('a backbone that is not there is refused, and the ranking stays', async ({ review: page, folder }) => {
  await page.getByRole('button', { name: 'Runs' }).click();
  await page.getByRole('radio', { name: 'Another backbone' }).check();
  await page.getByRole('textbox', { name: 'Backbone' }).fill(`${folder}/none.onnx`);
  await page.getByRole('main').getByRole('button', { name: 'Retrain' }).click();
  await expect(page.getByRole('alert')).toContainText(`${folder}/none.onnx`);
  await page.getByRole('button', { name: 'Review' }).click();
  await listIsReady(page);
});
