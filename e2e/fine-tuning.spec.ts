// Fine-tuning in the page, by the keyboard: the form, the learning rate, a batch, and a training that is cancelled and
// gone on with.
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { complaints } from './axe.ts';
import { tab } from './views.ts';

test('a network is fine-tuned: its rate found, a batch looked at, cancelled, gone on with, and its curves kept', async ({
  review: page,
}) => {
  test.slow();
  await tab(page, 'Runs');
  await page.getByRole('radio', { name: /^Baseline/ }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('combobox', { name: 'Network' })).toHaveValue('small');
  await page.getByText('More options').focus();
  await page.keyboard.press('Enter');
  await type(page, 'Folds', '1');
  await expect(page.getByText('Folds is a whole number from 2 to 100.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeDisabled();
  for (const [name, text] of [
    ['Folds', '2'],
    ['Batch size', '2'],
    ['Image size', '8'],
    ['Epochs', '2'],
  ] as const)
    await type(page, name, text);
  // Whichever that is on this machine: WebAssembly is on every one.
  const engine = page.getByRole('combobox', { name: 'Engine' });
  await expect(engine).toHaveText(/best here: \w+/, { timeout: 60_000 });
  await engine.selectOption('wasm');
  await expect(page.getByText('WebAssembly with SIMD')).toBeVisible();
  expect(await complaints(page), 'the form').toEqual([]);

  await page.getByRole('button', { name: 'Find…' }).focus();
  await page.keyboard.press('Enter');
  const finder = page.getByRole('dialog', { name: 'Learning rate' });
  const use = finder.getByRole('list', { name: 'Suggestions' }).getByRole('button');
  await expect(use).toHaveCount(3, { timeout: 60_000 });
  await expect(
    finder.getByRole('img', { name: /^Loss by learning rate\. From .* valley at / }),
  ).toBeVisible();
  expect(await complaints(page), 'the finder').toEqual([]);
  const suggested = (await use.nth(1).innerText()).replace('Use ', '');
  await use.nth(1).press('Enter');
  await expect(finder).toBeHidden();
  await expect(page.getByRole('textbox', { name: 'Learning rate' })).toHaveValue(suggested);
  await type(page, 'Learning rate', '1e-3');

  await page.getByRole('button', { name: 'Show a batch…' }).press('Enter');
  const batch = page.getByRole('dialog', { name: 'What the network sees' });
  const sheet = batch.getByRole('img', { name: /^A batch: \w+, \w+$/ });
  await expect(sheet).toBeVisible({ timeout: 30_000 });
  await expect(sheet).toHaveJSProperty('naturalWidth', 2 * 176 + 16);
  await expect(batch).toContainText('in epoch 1, 8 × 8 pixels');
  await batch.getByRole('button', { name: 'Another batch' }).press('Enter');
  await expect(batch).toContainText('in epoch 2', { timeout: 30_000 });
  expect(await complaints(page), 'a batch').toEqual([]);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Train', exact: true }).press('Enter');
  const training = page.getByRole('region', { name: 'Training' });
  await expect(training).toContainText('fold 1 of 2 · epoch 2 of 2', { timeout: 60_000 });
  await training.getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect(training).toContainText('Finished epochs are kept');
  // What was asked for, and what came of it, are still there after a reload.
  await page.reload();
  await tab(page, 'Runs');
  await expect(page.getByRole('textbox', { name: 'Epochs' })).toHaveValue('2');
  const goOn = training.getByRole('button', { name: 'Go on' });
  // The disk is looked at first, for what changed while the page was away.
  await expect(goOn).toBeEnabled();
  await goOn.press('Enter');

  await expect(page.getByRole('heading', { name: 'Run 2 · fine-tuned small' })).toBeVisible({
    timeout: 90_000,
  });
  await expect(training.getByRole('list', { name: 'Notes' })).toContainText('Fold 1 of 2 goes on after');
  await expect(
    training.getByRole('img', { name: /^Loss by epoch\. Training loss from .* in 2 epochs;/ }),
  ).toBeVisible();
  await expect(training).toContainText(/no early\s+stopping/);
  await training.getByRole('combobox', { name: 'Fold' }).selectOption('fold 2 of 2');
  await training.getByText('Numbers by epoch').focus();
  await page.keyboard.press('Enter');
  await expect(training.getByRole('row')).toHaveCount(3);
  await expect(page.getByRole('banner')).toContainText('Fine-tuned');
  expect(await complaints(page), 'the curves, light').toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await complaints(page), 'the curves, dark').toEqual([]);

  // A baseline takes its place; the curves are kept with their run.
  await page.getByRole('banner').getByRole('button', { name: 'Retrain' }).click();
  await expect(page.getByRole('checkbox', { name: 'Compare run 3' })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Curves of run 2' }).press('Enter');
  await expect(training.getByRole('img', { name: /^Loss by epoch\./ })).toBeVisible();
});

async function type(page: Page, name: string, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name, exact: true });
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}
