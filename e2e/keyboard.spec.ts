// What the other tests do with the mouse, with the keyboard alone: Tab leads to every control, and keys act on it.
import type { Locator, Page } from '@playwright/test';
import { amount, cards, expect, filter, focused, listed, storedVerdicts, test, words } from './app.ts';

/** Presses Tab until the focus is there: a control that it does not lead to cannot be used. */
async function tabTo(page: Page, control: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let press = 0; press < 60; press += 1) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  await expect(control).toBeFocused();
}

test('by keyboard: the list is searched, filtered and sorted, and the chart of when to stop opens', async ({
  review: page,
}) => {
  await page.keyboard.press('/');
  await page.keyboard.type('tree/01');
  await expect(amount(page)).toHaveText('10 images listed');
  await page.keyboard.press('Escape');
  await expect(amount(page)).toHaveText('120 images listed');
  await tabTo(page, filter(page, 'house'));
  await page.keyboard.press('Enter');
  await expect(amount(page)).toHaveText('20 images listed');
  await page.keyboard.press('Enter');
  await expect(amount(page)).toHaveText('120 images listed');
  await tabTo(page, page.getByRole('spinbutton', { name: 'Loss from' }));
  await page.keyboard.type('1');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'loss 1.00 –' }));
  await page.keyboard.press('Enter');
  await expect(amount(page)).toHaveText('120 images listed');
  await tabTo(page, page.getByRole('combobox', { name: 'Order' }), 'Shift+Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('heading', { name: 'By file' })).toBeVisible();
  await expect(cards(page).first()).toHaveAccessibleName(/^balloon\/001\.jpg,/);
  await tabTo(page, page.getByRole('button', { name: /errors left/ }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('img', { name: 'Loss by rank' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('img', { name: 'Loss by rank' })).toBeHidden();
});

test('by keyboard: a key that follows at once on the end of a dialog acts on the list', async ({
  review: page,
}) => {
  await page.keyboard.press('l');
  await expect(page.getByRole('combobox', { name: 'Class' })).toBeFocused();
  await Promise.all([page.keyboard.press('Escape'), page.keyboard.press(' ')]);
  await expect(page.getByRole('dialog', { name: 'Loupe' })).toBeVisible();
});

test('by keyboard: a selection is kept, undone and redone in one step each, and split off', async ({
  review: page,
  dataset,
}) => {
  const paths = (await listed(page)).map(({ path }) => path);
  const kept = () => storedVerdicts(dataset).map(({ path }) => path);
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByText('3 selected')).toBeVisible();
  await page.keyboard.press('k');
  await expect.poll(kept).toEqual(paths.slice(0, 3).toSorted());
  await page.keyboard.press('Control+z');
  await expect.poll(kept).toEqual([]);
  await page.keyboard.press('Control+Shift+Z');
  await expect.poll(kept).toHaveLength(3);
  await page.keyboard.press('Control+a');
  await expect(page.getByText('120 selected')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+F10');
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('menuitem', { name: 'Split off…' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.type('windmill');
  await expect(page.getByRole('dialog').getByRole('status')).toContainText('1');
  await page.keyboard.press('Enter');
  await expect(filter(page, 'windmill')).toContainText('of 1');
});

test('by keyboard: a class is merged into another, and undo parts them', async ({ review: page }) => {
  await tabTo(page, page.getByRole('button', { name: 'Change the class boat' }));
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: 'Merge into…' })).toBeFocused();
  await page.keyboard.press('Enter');
  const into = page.getByRole('dialog').getByRole('combobox', { name: 'Into' });
  await tabTo(page, into);
  await page.keyboard.type('house');
  await expect(into.locator('option:checked')).toHaveText('house');
  await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Merge', exact: true }));
  await page.keyboard.press('Enter');
  await expect(filter(page, 'house')).toContainText('of 40');
  await page.keyboard.press('Control+z');
  await expect(filter(page, 'house')).toContainText('of 20');
  await expect(filter(page, 'boat')).toContainText('of 20');
});

test('by keyboard: a label change and a class of the balance lead to their images', async ({
  review: page,
}) => {
  const insights = page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Insights' });
  const { path } = await words(focused(page));
  await page.keyboard.press('k');
  await expect(filter(page, 'Kept')).toContainText('1');
  await tabTo(page, insights, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('region', { name: 'Label changes' }).getByRole('button', { name: path }));
  await page.keyboard.press('Enter');
  await expect(amount(page)).toHaveText('1 image listed');
  await tabTo(page, insights, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: /^house \d+$/ }));
  await page.keyboard.press('Enter');
  await expect(amount(page)).toHaveText('20 images listed');
});
