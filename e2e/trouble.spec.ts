// What the page says, and what way on it offers, where labels are damaged or cannot be stored.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complaints } from './axe.ts';
import { expect, filter, focused, listIsReady, storedVerdicts, test } from './app.ts';

test(
  'damaged labels are said with the newest backup, which is restored by a key',
  { tag: '@restore' },
  async ({ page, serve, dataset }) => {
    // It is backed up when it is opened for the first time in a day.
    const before = await serve(dataset);
    await page.goto(before.url);
    await listIsReady(page);
    await before.stop();
    const file = join(`${dataset}.toploss`, 'labels.db');
    writeFileSync(file, 'Not a database.');
    await page.goto((await serve(dataset)).url);
    await expect(page.getByRole('alert')).toContainText('labels.db');
    await expect(page.getByText(/^The newest backup is of /)).toBeVisible();
    expect(await complaints(page)).toEqual([]);
    await page.getByRole('button', { name: 'Restore this backup' }).press('Enter');
    await listIsReady(page);
    await expect(page.getByText(/^The labels are those of the backup /)).toBeVisible();
    expect(readdirSync(join(`${dataset}.toploss`, 'aside'))).toHaveLength(1);
  },
);

test(
  'decisions that the disk has no room for are counted, kept and stored once there is room',
  { tag: '@full-disk' },
  async ({ review: page, dataset }) => {
    // The disk of the tests has room: the answer is what the app says where there is none.
    const full = { code: 'disk-full', message: 'The disk is full.' };
    await page.route('**/call/labels.decide', (route) =>
      route.fulfill({ status: 200, json: { ok: false, error: full } }),
    );
    await page.keyboard.type('kx');
    const banner = page.getByRole('alert').filter({ hasText: 'The disk is full.' });
    await expect(banner).toContainText('2 changes not saved yet: kept in this window');
    expect(storedVerdicts(dataset)).toEqual([]);
    await expect(focused(page)).toBeVisible();
    expect(await complaints(page)).toEqual([]);

    await page.unroute('**/call/labels.decide');
    await banner.getByRole('button', { name: 'Try now' }).press('Enter');
    await expect(banner).toBeHidden();
    await expect(filter(page, 'Kept')).toHaveText('Kept 1');
    await expect
      .poll(() =>
        storedVerdicts(dataset)
          .map(({ verdict }) => verdict)
          .toSorted(),
      )
      .toEqual(['exclude', 'keep']);
  },
);
