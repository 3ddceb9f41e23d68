// Names are text wherever they are shown: of files, classes and data sets, in any script, and with markup in them.
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { cards, decision, expect, filters, focused, listIsReady, put, test } from './app.ts';

const markup = '<img src=x onerror=alert(1)>';
const rightToLeft = 'زهرة\u202egnp';
const emoji = '🌷👩‍🌾';
const long = 'n'.repeat(200);
const classes = [markup, rightToLeft, emoji, long];

test(
  'hostile names are shown as text in every view, and nothing of them runs',
  { tag: '@markup-in-names' },
  async ({ page, serve, command, folder, sample, backbone }) => {
    await page.setViewportSize({ width: 1280, height: 1600 });
    const dataset = join(folder, `${markup} ${rightToLeft} ${emoji}`);
    for (const [place, from] of ['balloon', 'boat', 'car', 'house'].entries()) {
      for (const name of ['001', '002', '003', '004', '005'])
        cpSync(
          join(sample.dataset, from, `${name}.jpg`),
          join(dataset, classes[place] ?? '', `${name} ${markup}.jpg`),
        );
    }
    put(dataset, `${emoji}/${markup}.txt`, 'Not an image.');
    await command('train', dataset, '--backbone', backbone);
    await page.goto((await serve(dataset)).url);
    await listIsReady(page);

    await expect(page).toHaveTitle(`${basename(dataset)} – Toploss`);
    await expect(cards(page)).toHaveCount(20);
    for (const name of classes) {
      await shows(filters(page), name);
      await shows(page.getByRole('grid'), name);
    }
    await shows(decision(page), markup);
    await page.keyboard.press('1');
    await page.keyboard.press('k');
    await page.keyboard.press('ArrowLeft');
    await expect(decision(page).getByRole('list', { name: 'History' })).toContainText('keep');

    await page.keyboard.press('l');
    for (const name of classes) await shows(page.getByRole('listbox', { name: 'Classes' }), name);
    await page.getByRole('combobox', { name: 'Class' }).fill('<script>alert(2)</script>');
    await expect(page.getByRole('option', { name: 'new class “<script>alert(2)</script>”' })).toBeVisible();
    await page.keyboard.press('Escape');

    await page.keyboard.press(' ');
    await shows(page.getByRole('dialog', { name: 'Loupe' }), markup);
    await page.keyboard.press(' ');

    await filters(page).getByRole('button', { name: '1 file not ranked' }).click();
    await shows(page.getByRole('dialog', { name: 'Files that are not ranked' }), `${emoji}/${markup}.txt`);
    await page.keyboard.press('Escape');

    await page.getByRole('banner').getByRole('button', { name: 'Retrain' }).click();
    await page.getByRole('button', { name: 'Runs' }).click();
    await page.getByRole('checkbox', { name: 'Compare run 1' }).check();
    await page.getByRole('checkbox', { name: 'Compare run 2' }).check({ timeout: 30_000 });
    await shows(page.getByRole('main'), markup);

    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('main').getByRole('button', { name: 'Export' }).click();
    await shows(page.getByRole('main'), `${basename(dataset)}-cleaned.csv`);
    await page.getByRole('textbox', { name: 'New file' }).fill(join(dataset, markup));
    await page.getByRole('main').getByRole('button', { name: 'Export' }).click();
    await shows(page.getByRole('alert'), markup);
    await shows(page.getByRole('alert'), rightToLeft);

    await page.getByRole('button', { name: 'Toploss' }).click();
    await shows(page.getByRole('main'), basename(dataset));
    await page.getByRole('button', { name: 'Open a folder or CSV' }).click();
    await shows(page.getByRole('dialog'), basename(dataset));
    await noMarkup(page);

    /** The text is there, whole, and the names have not become elements; a dialog would fail the test. */
    async function shows(place: Locator, text: string): Promise<void> {
      // What would turn the order of a name is written by its number.
      await expect(place.first()).toContainText(text.replaceAll('\u202e', '[U+202E]'));
      await noMarkup(page);
    }
  },
);

async function noMarkup(page: Page): Promise<void> {
  await expect(page.locator('img[src="x"], [onerror], body script')).toHaveCount(0);
}

test('a long name does not push anything out of the page', async ({ review: page }) => {
  await page.setViewportSize({ width: 900, height: 600 });
  await focused(page).click();
  await page.keyboard.press('l');
  await page.getByRole('combobox', { name: 'Class' }).fill(long);
  await page.getByRole('option', { name: 'new class' }).click();
  await expect(filters(page)).toContainText(long);
  const { scrolled, width } = await page.evaluate(() => ({
    scrolled: document.documentElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  expect(scrolled).toBe(width);
});
