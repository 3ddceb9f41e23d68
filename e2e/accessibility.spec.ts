// What a machine can tell of accessibility, on every view and dialog, in both colour schemes and at a zoom of 200 %.
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, listIsReady, put, test } from './app.ts';
import { complaints } from './axe.ts';
import { tab, views } from './views.ts';

async function isClean(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect.soft(await complaints(page), `${name}, ${colorScheme}`).toEqual([]);
  }
}

test(
  'axe finds nothing serious in any view, light and dark, and none violates the policy',
  { tag: '@policy' },
  async ({ context, serve, dataset }) => {
    test.setTimeout(300_000);
    put(dataset, 'boat/torn.jpg', 'Not an image.');
    const { url, origin } = await serve(dataset);
    for (const [place, { name, show }] of views.entries()) {
      const page = await context.newPage();
      await page.goto(place === 0 ? url : origin);
      await listIsReady(page);
      await show(page);
      await isClean(page, name);
      await page.close();
    }
  },
);

test('axe finds nothing serious before a data set is open, and where it cannot be', async ({
  page,
  serve,
  folder,
}) => {
  const missing = join(folder, 'elsewhere');
  await page.goto((await serve(missing)).url);
  await expect(page.getByRole('alert')).toBeVisible();
  await isClean(page, 'a data set that is not there');
  await page.getByRole('button', { name: 'Back to the start' }).click();
  await expect(page.getByRole('button', { name: 'Open a folder or CSV' })).toBeVisible();
  await isClean(page, 'the first start');
});

test('at a zoom of 200 % list, decision and loupe are there and nothing is cut off sideways', async ({
  review: page,
}) => {
  await page.setViewportSize({ width: 640, height: 400 });
  await listIsReady(page);
  await expect(page.getByRole('button', { name: 'Keep' })).toBeInViewport();
  await expect(page.getByRole('button', { name: 'Retrain' })).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Space');
  await expect(page.getByRole('dialog', { name: 'Loupe' }).getByRole('img')).toBeInViewport();
  await page.keyboard.press('Space');
  for (const name of ['Insights', 'Runs', 'Export', 'Review']) {
    await tab(page, name);
    const wider = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect(wider, name).toBe(0);
  }
});
