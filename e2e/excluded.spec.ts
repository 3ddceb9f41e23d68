// Files of excluded images leave the data set and come back, asked for with the keyboard and with the mouse.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, filter, focused, put, test, words } from './app.ts';
import { tab } from './views.ts';

test(
  'excluded images are moved out of the data set, and put back',
  { tag: '@move-page' },
  async ({ review: page, dataset }) => {
    const { path } = await words(focused(page));
    await page.keyboard.press('x');
    const second = await words(focused(page));
    await page.keyboard.press('x');
    await tab(page, 'Export');

    // With the keyboard.
    const excluded = page.getByRole('region', { name: 'Excluded images' });
    await expect(excluded).toContainText('2 files');
    const moveOut = excluded.getByRole('button', { name: 'Move out of the data set…' });
    await expect(moveOut).toBeEnabled();
    await moveOut.focus();
    await page.keyboard.press('Enter');
    const preview = page.getByRole('dialog', { name: 'Move 2 images out of the data set' });
    await expect(preview).toContainText(`move from ${dataset} to ${dataset}.toploss/trash`);
    await expect(preview.getByRole('img', { name: path })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(preview).toBeHidden();
    expect(existsSync(join(dataset, path))).toBe(true);
    await page.keyboard.press('Enter');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
    await expect(preview.getByRole('button', { name: 'Move out' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(excluded.getByRole('status')).toContainText('2 images moved out of the data set.');
    expect(existsSync(join(dataset, path))).toBe(false);
    expect(existsSync(join(`${dataset}.toploss/trash`, path))).toBe(true);
    await expect(excluded).toContainText("The desktop app can move them on to the system's trash.");

    // With the mouse; another file has come to the place of one of them.
    put(dataset, path, 'mine');
    await excluded.getByRole('button', { name: 'Put back…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put back' }).click();
    await expect(excluded.getByRole('status')).toContainText('2 images put back into the data set.');
    await expect(excluded.getByRole('status')).toContainText(
      `${path} is now ${path.replace(/\.(\w+)$/, '-2.$1')}`,
    );
    expect(existsSync(join(dataset, second.path))).toBe(true);
    await tab(page, 'Review');
    await expect(filter(page, 'Excluded')).toHaveText('Excluded 2');
  },
);
