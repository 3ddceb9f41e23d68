// Selecting many images at once, the menu of an image, filters as chips, and keys of one's own.
import type { Page } from '@playwright/test';
import {
  cardOf,
  cards,
  decision,
  expect,
  filters,
  focused,
  listed,
  listIsReady,
  storedVerdicts,
  test,
  words,
} from './app.ts';

async function dragOverFour(page: Page): Promise<void> {
  const first = await cards(page).first().boundingBox();
  const second = await cards(page).nth(1).boundingBox();
  if (!first || !second) throw new Error('There are no cards.');
  await page.mouse.move(first.x + 30, first.y + 30);
  await page.mouse.down();
  await page.mouse.move(second.x + 40, second.y + second.height + 40, { steps: 6 });
  await page.mouse.up();
}

test('a drag over the list selects what it touches', async ({ review: page }) => {
  await dragOverFour(page);
  await expect(page.getByText('4 selected')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('4 selected')).toBeHidden();
});

test('select all like this takes images with the same label and the same suggestion', async ({
  review: page,
}) => {
  const { label, looksLike } = await words(focused(page));
  const like = (await listed(page)).filter((image) => image.label === label && image.looksLike === looksLike);
  await page.keyboard.press('Control+Shift+A');
  await expect(page.getByText(/^\d+ selected$/)).toBeVisible();
  const selected = await cards(page).and(page.locator('[aria-selected=true]')).all();
  expect(selected.length).toBeGreaterThanOrEqual(like.length);
  for (const card of selected) {
    const image = await words(card);
    expect([image.label, image.looksLike]).toEqual([label, looksLike]);
  }
});

test('a right click opens a menu that decides about the image under it', async ({
  review: page,
  dataset,
}) => {
  const { path } = await words(cards(page).nth(2));
  await cards(page).nth(2).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Select all like this' }).click();
  await expect(page.getByText(/^\d+ selected$/)).toBeVisible();
  await page.getByRole('button', { name: 'None Esc' }).click();
  await cards(page).nth(2).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Exclude' }).click();
  await expect(page.getByRole('menu')).toBeHidden();
  await expect.poll(() => storedVerdicts(dataset)).toMatchObject([{ path, verdict: 'exclude' }]);
});

test('the key for menus opens the menu of the image in focus', async ({ review: page, dataset }) => {
  const { path } = await words(focused(page));
  await page.getByRole('grid', { name: 'Images' }).focus();
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menuitem', { name: 'Keep' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect.poll(() => storedVerdicts(dataset)).toMatchObject([{ path, verdict: 'keep' }]);
});

test('filters combine, stand as chips, and are taken away one by one', async ({ review: page }) => {
  await filters(page).getByRole('spinbutton', { name: 'Loss from' }).fill('1');
  await filters(page).getByRole('spinbutton', { name: 'Loss from' }).press('Enter');
  await expect(page.getByRole('button', { name: 'loss 1.00 –' })).toBeVisible();
  await listIsReady(page);
  for (const { loss } of await listed(page)) expect(loss).toBeGreaterThanOrEqual(1);
  await filters(page).getByRole('button', { name: 'Exact copies' }).click();
  await expect(page.getByRole('heading', { name: 'No images here' })).toBeVisible();
  await page
    .getByRole('list', { name: 'Active filters' })
    .getByRole('button', { name: 'Exact copies' })
    .click();
  await listIsReady(page);
  await page.getByRole('button', { name: 'loss 1.00 –' }).click();
  await expect(page.getByText('120 images listed')).toBeVisible();
  await expect(page.getByRole('list', { name: 'Active filters' })).toBeHidden();
});

test('the header says which image of how many is in focus', async ({ review: page }) => {
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('main')).toContainText(/2 of\s+120 images listed/);
});

test('without auto-advance the focus stays on what was decided', async ({ review: page, dataset }) => {
  const { path } = await words(focused(page));
  await page.keyboard.press('.');
  await expect(page.getByRole('button', { name: 'Auto-advance' })).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.press('k');
  await expect(focused(page)).toContainText('kept');
  expect((await words(focused(page))).path).toBe(path);
  await expect.poll(() => storedVerdicts(dataset)).toMatchObject([{ path, verdict: 'keep' }]);
  await page.getByRole('button', { name: 'Auto-advance' }).click();
  await decision(page).getByRole('button', { name: 'Exclude' }).click();
  await expect(cardOf(page, path)).toContainText('excluded');
  expect((await words(focused(page))).path).not.toBe(path);
});

test('a key is changed, acts, is remembered, and is given back', async ({ review: page, dataset }) => {
  const { path } = await words(focused(page));
  await page.keyboard.press('?');
  await page.getByRole('button', { name: 'Change the key for “Keep: the label is right”' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('Escape');
  await expect(decision(page).getByRole('button', { name: 'Keep G' })).toBeVisible();
  await page.keyboard.press('g');
  await expect.poll(() => storedVerdicts(dataset)).toMatchObject([{ path, verdict: 'keep' }]);
  await page.reload();
  await expect(decision(page).getByRole('button', { name: 'Keep G' })).toBeVisible();
  await page.keyboard.press('?');
  await page.getByRole('button', { name: 'Reset all keys' }).click();
  await page.keyboard.press('Escape');
  await expect(decision(page).getByRole('button', { name: 'Keep K' })).toBeVisible();
});

test('a key that has another meaning already says so', async ({ review: page }) => {
  await page.keyboard.press('?');
  await page.getByRole('button', { name: 'Change the key for “Unsure: decide later”' }).click();
  await page.keyboard.press('x');
  await expect(page.getByText('also: Exclude from the data set')).toBeVisible();
});
