// The pictures of the whole set, and that each leads to exactly the images that it counts.
import type { Page } from '@playwright/test';
import { expect, filters, focused, listed, listIsReady, test, words } from './app.ts';

async function openInsights(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Insights' }).click();
  await expect(page.getByRole('table')).toBeVisible();
}

const numberIn = (text: string | null): number => Number(text?.match(/(\d+) image/)?.[1]);

test('a cell of the confusion matrix lists exactly its images', async ({ review: page }) => {
  const { label, looksLike } = await words(focused(page));
  await openInsights(page);
  const cell = page.getByRole('button', { name: new RegExp(`^${label} predicted as ${looksLike}: `) });
  const images = numberIn(await cell.getAttribute('aria-label'));
  await cell.click();
  await expect(page.getByText(new RegExp(`^${images} images? listed`))).toBeVisible();
  await listIsReady(page);
  for (const image of await listed(page)) expect([image.label, image.looksLike]).toEqual([label, looksLike]);
});

test('the matrix counts every ranked image, is normalised, sorted, and walked with the arrows', async ({
  review: page,
}) => {
  await openInsights(page);
  const cells = page.getByRole('table').getByRole('button');
  const counts = await cells.evaluateAll((all) => all.map((cell) => Number(cell.textContent)));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(120);
  await page.getByRole('combobox', { name: 'Measure' }).selectOption('share of the row');
  await expect(cells.first()).toContainText('%');
  await page.getByRole('combobox', { name: 'Order of the classes' }).selectOption('most confused first');
  await cells.first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await expect(cells.first()).toBeFocused();
  await page.keyboard.press('Enter');
  await listIsReady(page);
});

test('a range that is dragged over the losses lists its images, and a chip takes it away', async ({
  review: page,
}) => {
  await openInsights(page);
  const chart = page.getByRole('slider', { name: 'Range of losses' });
  const box = await chart.boundingBox();
  if (!box) throw new Error('The chart is not there.');
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 2, box.y + 40, { steps: 4 });
  await page.mouse.up();
  const review = page.getByRole('button', { name: /^Review \d+$/ });
  const images = Number((await review.textContent())?.match(/\d+/)?.[0]);
  await review.click();
  await expect(page.getByText(new RegExp(`^${images} images? listed`))).toBeVisible();
  await page
    .getByRole('list', { name: 'Active filters' })
    .getByRole('button', { name: /^loss / })
    .click();
  await expect(page.getByText('120 images listed')).toBeVisible();
});

test('keys choose a range of one class', async ({ review: page }) => {
  await openInsights(page);
  await page.getByRole('combobox', { name: 'Class', exact: true }).selectOption('boat');
  const chart = page.getByRole('slider', { name: 'Range of losses' });
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  for (let press = 0; press < 60; press += 1) await page.keyboard.press('Shift+ArrowLeft');
  await expect(chart).toHaveAttribute('aria-valuetext', /^loss 0\.00 to .*, 20 images$/);
  await page.keyboard.press('Enter');
  await expect(page.getByText('20 images listed')).toBeVisible();
  await listIsReady(page);
  // The list turns over in a moment, and its cards come after it.
  await expect
    .poll(async () => new Set((await listed(page)).map(({ label }) => label)))
    .toEqual(new Set(['boat']));
});

test('label changes are listed, newest first, and lead to their image', async ({ review: page }) => {
  const { path, looksLike } = await words(focused(page));
  await page.keyboard.press('1');
  await page.keyboard.press('k');
  await expect(filters(page)).toContainText('Kept 1');
  await openInsights(page);
  const changes = page.getByRole('region', { name: 'Label changes' }).getByRole('listitem');
  await expect(changes).toHaveCount(2);
  await expect(changes.first()).toContainText('keep');
  await expect(changes.last()).toContainText(`→ ${looksLike}`);
  await changes.last().getByRole('button', { name: path }).click();
  await expect(page.getByText('1 image listed')).toBeVisible();
});

test('the balance of the classes leads to a class', async ({ review: page }) => {
  await openInsights(page);
  await page.getByRole('button', { name: /^house \d+$/ }).click();
  await expect(page.getByText('20 images listed')).toBeVisible();
});

test('the foot says how many errors remain, and its chart when to stop', async ({ review: page }) => {
  await page.getByRole('button', { name: /^≈ \d+ errors left \(\d+–\d+\)$/ }).click();
  const chart = page.getByRole('dialog', { name: 'When to stop' });
  await expect(chart.getByRole('img', { name: 'Loss by rank' })).toBeVisible();
  await expect(chart).toContainText('reviewed: 0 of 120');
  await page.keyboard.press('Escape');
  await expect(chart).toBeHidden();
});
