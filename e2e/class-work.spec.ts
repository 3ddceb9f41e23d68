// Classes as a whole: renamed, merged, deleted, split off, each shown before it is done and taken back in one step.
import type { Locator, Page } from '@playwright/test';
import { cards, expect, filter, listIsReady, test } from './app.ts';

const dialog = (page: Page): Locator => page.getByRole('dialog');
const undo = (page: Page): Locator => page.getByRole('button', { name: /^Undo/ });

async function choose(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Change the class ${name}` }).click();
  await page
    .getByRole('menu', { name: `Class ${name}` })
    .getByRole('menuitem', { name: item })
    .click();
}

test('a class is renamed, after a preview, and one undo takes it back', async ({ review: page }) => {
  await choose(page, 'boat', 'Rename…');
  await dialog(page).getByRole('textbox', { name: 'New name' }).fill('ship');
  await expect(dialog(page).getByRole('status')).toContainText('20');
  await expect(dialog(page).getByRole('list', { name: 'Examples' }).getByRole('img')).toHaveCount(6);
  await dialog(page).getByRole('button', { name: 'Rename' }).click();
  await expect(filter(page, 'ship')).toContainText('of 20');
  await expect(filter(page, 'boat')).toBeHidden();
  await undo(page).click();
  await expect(filter(page, 'boat')).toContainText('of 20');
  await expect(filter(page, 'ship')).toBeHidden();
});

test('a class is merged into another', async ({ review: page }) => {
  await choose(page, 'boat', 'Merge into…');
  const into = dialog(page).getByRole('combobox', { name: 'Into' });
  await into.selectOption('house');
  await expect(dialog(page).getByRole('status')).toContainText('house');
  await dialog(page).getByRole('button', { name: 'Merge', exact: true }).click();
  await expect(filter(page, 'house')).toContainText('of 40');
  await undo(page).click();
  await expect(filter(page, 'house')).toContainText('of 20');
  await expect(filter(page, 'boat')).toContainText('of 20');
});

test('a class is deleted, its images lose their label, and undo gives it back', async ({ review: page }) => {
  await choose(page, 'car', 'Delete…');
  await expect(dialog(page).getByRole('status')).toContainText('20');
  await dialog(page).getByRole('button', { name: 'Delete the class' }).click();
  await expect(filter(page, 'car')).toBeHidden();
  await undo(page).click();
  await expect(filter(page, 'car')).toContainText('of 20');
});

test('a selection is split off into a class of its own', async ({ review: page }) => {
  await cards(page).first().click();
  await cards(page)
    .nth(2)
    .click({ modifiers: ['Shift'] });
  await page.getByRole('button', { name: 'Split off…' }).click();
  await dialog(page).getByRole('textbox', { name: 'Class for these images' }).fill('windmill');
  await expect(dialog(page).getByRole('status')).toContainText('3');
  await dialog(page).getByRole('button', { name: 'Split off', exact: true }).click();
  await expect(filter(page, 'windmill')).toContainText('of 3');
  await listIsReady(page);
  await undo(page).click();
  await expect(filter(page, 'windmill')).toBeHidden();
});

test('a cancelled change changes nothing', async ({ review: page }) => {
  await choose(page, 'car', 'Delete…');
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(filter(page, 'car')).toContainText('of 20');
  await expect(page.getByRole('button', { name: 'Nothing to undo' })).toBeDisabled();
});
