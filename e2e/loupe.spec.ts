// One image large: zoom, pan, the next and the previous, everything that is known of it, and back to the list.
import type { Locator, Page } from '@playwright/test';
import { cards, expect, focused, listed, storedVerdicts, test, words } from './app.ts';

const loupe = (page: Page): Locator => page.getByRole('dialog', { name: 'Loupe' });
const scale = (page: Page): Locator => loupe(page).getByRole('status', { name: 'Scale' });

async function percentOf(page: Page): Promise<number> {
  return Number.parseInt((await scale(page).textContent()) ?? '', 10);
}

test('Space opens the image in focus, and Space brings the focus back to it in the list', async ({
  review: page,
}) => {
  await page.keyboard.press('ArrowRight');
  const { path } = await words(focused(page));
  await page.keyboard.press('Space');
  await expect(loupe(page).getByRole('img', { name: path })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await expect(loupe(page)).toBeHidden();
  const third = (await listed(page))[2];
  expect((await words(focused(page))).path).toBe(third?.path);
  await expect(page.getByRole('grid', { name: 'Images' })).toBeFocused();
});

test('keys zoom up to 800 %, to 100 % and back to the whole image', async ({ review: page }) => {
  await page.keyboard.press('Enter');
  const whole = await percentOf(page);
  await page.keyboard.press('+');
  expect(await percentOf(page)).toBeGreaterThan(whole);
  for (let press = 0; press < 15; press += 1) await page.keyboard.press('+');
  await expect(scale(page)).toHaveText('800 %');
  await expect(loupe(page).locator('.pixelated')).toBeVisible();
  await page.keyboard.press('0');
  expect(await percentOf(page)).toBe(whole);
  await page.keyboard.press('0');
  await expect(scale(page)).toHaveText('100 %');
});

test('an enlarged image is moved by keys and by dragging, and no further than its edge', async ({
  review: page,
}) => {
  await page.keyboard.press('Enter');
  for (let press = 0; press < 15; press += 1) await page.keyboard.press('+');
  const picture = loupe(page).getByRole('img').last();
  const left = async (): Promise<number> => (await picture.boundingBox())?.x ?? NaN;
  const before = await left();
  await page.keyboard.press('Shift+ArrowRight');
  expect(await left()).toBeCloseTo(before - 80, 0);
  await page.mouse.move(300, 300);
  await page.mouse.down();
  await page.mouse.move(350, 300);
  await page.mouse.up();
  expect(await left()).toBeCloseTo(before - 30, 0);
  for (let press = 0; press < 60; press += 1) await page.keyboard.press('Shift+ArrowLeft');
  expect(await left()).toBeCloseTo(0, 0);
});

test('the wheel, a double click and buttons zoom', async ({ review: page }) => {
  await cards(page).first().dblclick();
  const whole = await percentOf(page);
  await page.mouse.move(400, 400);
  await page.mouse.wheel(0, -300);
  await expect.poll(() => percentOf(page)).toBeGreaterThan(whole);
  await loupe(page).getByRole('button', { name: 'Fit' }).click();
  expect(await percentOf(page)).toBe(whole);
  await loupe(page).getByRole('button', { name: 'Zoom out' }).click();
  await loupe(page).getByRole('button', { name: 'Zoom in' }).click();
  await page.mouse.dblclick(400, 400);
  expect(await percentOf(page)).not.toBe(whole);
});

test('the loupe knows path, size, bytes, loss, rank, probabilities and what was decided, and takes it back', async ({
  review: page,
  dataset,
}) => {
  const { path, looksLike } = await words(focused(page));
  await page.keyboard.press('Space');
  const beside = loupe(page).getByRole('complementary');
  await expect(beside).toContainText(/Loss \d\.\d\d · rank 1 of 120/);
  await expect(beside).toContainText(path);
  await expect(beside).toContainText(/\d+ × \d+/);
  await expect(beside).toContainText(/\d kB|\d B/);
  await expect(beside.getByRole('button', { name: new RegExp(`^1 ${looksLike} \\d+ %`) })).toBeVisible();
  await page.keyboard.press('1');
  await expect(loupe(page).getByRole('img', { name: path })).toBeHidden();
  await page.keyboard.press('ArrowLeft');
  await expect(beside.getByRole('list', { name: 'History' })).toContainText(`→ ${looksLike}`);
  await beside.getByRole('button', { name: `Undo: relabel ${path}` }).click();
  await expect(beside).toContainText(', looks like');
  await expect.poll(() => storedVerdicts(dataset)).toEqual([]);
});

test('going fast through the images fetches in full only those around the one that is stayed on', async ({
  review: page,
}) => {
  const ids = await cards(page).evaluateAll((all) => all.map(({ id }) => id.replace('card-', '')));
  // The first stands beside the list in full already.
  await expect(page.locator('aside[aria-label=Decision] .picture img')).toHaveCount(2);
  const asked: string[] = [];
  page.on('request', (request) => {
    const id = /\/image\/\w+\/(\d+)/.exec(request.url())?.[1];
    if (id !== undefined) asked.push(id);
  });
  await page.keyboard.press('Space');
  await expect.poll(() => asked.toSorted()).toEqual(ids.slice(1, 4).toSorted());
  // The original covers the thumbnail, pixel by pixel.
  const pictures = loupe(page).locator('.pane img');
  await expect(pictures).toHaveCount(2);
  const now = Date.now();
  await page.clock.install({ time: now });
  await page.clock.pauseAt(now + 60_000);
  for (let press = 0; press < 10; press += 1) await page.keyboard.press('ArrowRight');
  await expect(pictures).toHaveCount(1);
  await expect(pictures).toHaveAttribute('src', new RegExp(`/thumb/\\w+/${ids[10]}\\?`));
  const place = await pictures.boundingBox();
  expect(asked).toHaveLength(3);
  await page.clock.runFor(1000);
  await expect.poll(() => asked.slice(3).toSorted()).toEqual(ids.slice(9, 14).toSorted());
  expect(asked[3]).toBe(ids[10]);
  await expect(pictures).toHaveCount(2);
  expect(await pictures.last().boundingBox()).toEqual(place);
});
