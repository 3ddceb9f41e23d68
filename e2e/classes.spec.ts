// The class picker: any class by its first letters, and new ones.
import type { Locator, Page } from '@playwright/test';
import { cardOf, decision, expect, filter, focused, storedVerdicts, test, words } from './app.ts';

const chosen = (page: Page): Locator =>
  page.getByRole('listbox', { name: 'Classes' }).getByRole('option', { selected: true });

test('a letter opens the picker with the classes that begin with it, and Enter relabels', async ({
  review: page,
  dataset,
}) => {
  const { path } = await words(focused(page));
  await page.keyboard.press('h');
  const field = page.getByRole('combobox', { name: 'Class' });
  await expect(field).toHaveValue('h');
  await expect(chosen(page)).toContainText('house');
  await field.press('Enter');
  await expect(cardOf(page, path)).toContainText('→ house');
  await expect.poll(() => storedVerdicts(dataset)).toEqual([{ path, label: 'house', verdict: 'relabel' }]);
});

test('the arrows choose another class of the picker', async ({ review: page, dataset }) => {
  const { path } = await words(focused(page));
  await page.keyboard.press('b');
  const field = page.getByRole('combobox', { name: 'Class' });
  await expect(chosen(page)).toContainText('balloon');
  await field.press('ArrowDown');
  await expect(chosen(page)).toContainText('boat');
  await field.press('Enter');
  await expect.poll(() => storedVerdicts(dataset)).toMatchObject([{ path, label: 'boat' }]);
});

test('a name that no class has becomes a new class', async ({ review: page, dataset }) => {
  const { path } = await words(focused(page));
  await decision(page).getByRole('button', { name: 'another class' }).click();
  await page.getByRole('combobox', { name: 'Class' }).fill('windmill');
  await page.getByRole('option', { name: 'new class “windmill”' }).click();
  await expect(cardOf(page, path)).toContainText('→ windmill');
  await expect(filter(page, 'windmill')).toContainText('of 1');
  await expect.poll(() => storedVerdicts(dataset)).toEqual([{ path, label: 'windmill', verdict: 'relabel' }]);
});

test('Escape closes the picker and changes nothing', async ({ review: page, dataset }) => {
  await page.keyboard.press('l');
  await page.getByRole('combobox', { name: 'Class' }).press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.keyboard.press('k');
  await expect.poll(() => storedVerdicts(dataset)).toMatchObject([{ verdict: 'keep' }]);
});
