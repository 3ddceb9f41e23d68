// Colours and sizes: light and dark, small windows, and that nothing is fetched from elsewhere.
import type { Page } from '@playwright/test';
import { expect, listIsReady, test } from './app.ts';

const views: readonly { readonly name: string; readonly show: (page: Page) => Promise<void> }[] = [
  { name: 'the review', show: listIsReady },
  {
    name: 'the loupe',
    show: async (page) => {
      await page.keyboard.press(' ');
      await expect(page.getByRole('dialog', { name: 'Loupe' })).toBeVisible();
      await page.keyboard.press('Escape');
    },
  },
  {
    name: 'the keys',
    show: async (page) => {
      await page.getByRole('button', { name: 'Keys' }).click();
      await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
      await page.keyboard.press('Escape');
    },
  },
  { name: 'the runs', show: (page) => page.getByRole('button', { name: 'Runs' }).click() },
  { name: 'the export', show: (page) => page.getByRole('button', { name: 'Export' }).click() },
  { name: 'the start', show: (page) => page.getByRole('button', { name: 'Toploss' }).click() },
];

const lightness = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const [red = 0, green = 0, blue = 0] =
      getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? [];
    return (Number(red) + Number(green) + Number(blue)) / 3;
  });

test('the page is light or dark as the system is', async ({ review: page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(() => lightness(page)).toBeGreaterThan(200);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(() => lightness(page)).toBeLessThan(60);
});

test('the choice of colours outweighs the system and is remembered', async ({ review: page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByRole('button', { name: 'Colours: as the system' }).click();
  await page.getByRole('button', { name: 'Colours: light' }).click();
  await expect.poll(() => lightness(page)).toBeLessThan(60);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Colours: dark' })).toBeVisible();
  await expect.poll(() => lightness(page)).toBeLessThan(60);
});

test('no view is wider than a small window', async ({ review: page }) => {
  await page.setViewportSize({ width: 900, height: 600 });
  for (const { name, show } of views) {
    await show(page);
    const wider = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect(wider, name).toBe(0);
  }
});

test('no view asks for anything beyond the app', async ({ page, serve, dataset }) => {
  const { url, origin } = await serve(dataset);
  const asked = new Set<string>();
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  await page.goto(url);
  for (const { show } of views) await show(page);
  expect([...asked]).toEqual([origin]);
});
