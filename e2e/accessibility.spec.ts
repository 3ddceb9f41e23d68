// What a machine can tell of accessibility, on every view and dialog, in both colour schemes and at a zoom of 200 %.
import { expect, listIsReady, test } from './app.ts';
import { complaints } from './axe.ts';
import { tab, views } from './views.ts';

for (const { name, show } of views) {
  test(`axe finds nothing serious in ${name}, light and dark`, async ({ review: page }) => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await show(page);
    expect(await complaints(page), 'light').toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await complaints(page), 'dark').toEqual([]);
  });
}

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
