// Every way to open a data set, and what is said where one cannot be opened.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { amount, expect, filters, focused, listIsReady, openPath, put, test } from './app.ts';

test('the folder browser opens a folder by keyboard alone', async ({ page, serve, dataset, folder }) => {
  mkdirSync(join(folder, 'empty'));
  await page.goto((await serve()).url);
  await page.getByRole('button', { name: 'Open a folder or CSV' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Open a folder or CSV' });
  await expect(dialog.getByRole('button', { name: 'One folder up' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(dialog.getByRole('button', { name: 'empty' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('No folders and no CSV files in here.')).toBeVisible();
  await page.keyboard.press('Backspace');
  await expect(dialog.getByRole('button', { name: 'landscapes' })).toBeVisible();
  await page.keyboard.press('End');
  await expect(dialog.getByRole('button', { name: 'landscapes' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: 'lighthouse' })).toBeVisible();
  await expect(dialog.getByRole('textbox', { name: 'Path' })).toHaveValue(dataset);
  await dialog.getByRole('button', { name: 'Open this folder' }).press('Enter');
  await expect(page).toHaveTitle('landscapes – Toploss');
  await listIsReady(page);
});

test('a path that is typed is opened', async ({ page, serve, dataset }) => {
  await page.goto((await serve()).url);
  await openPath(page, dataset);
  await expect(page).toHaveTitle('landscapes – Toploss');
  await listIsReady(page);
});

test('a CSV that is typed is opened', async ({ page, serve, command, dataset, folder, backbone }) => {
  put(
    folder,
    'labels.csv',
    'path,label\nlandscapes/boat/001.jpg,boat\nlandscapes/boat/002.jpg,boat\nlandscapes/car/001.jpg,car\nlandscapes/car/002.jpg,car\n',
  );
  await command('train', join(folder, 'labels.csv'), '--backbone', backbone);
  await page.goto((await serve()).url);
  await openPath(page, join(dataset, '..', 'labels.csv'));
  await expect(page).toHaveTitle('labels.csv – Toploss');
  await expect(amount(page)).toHaveText('4 images listed');
});

test('a folder that is missing is named, and opens once it is there', async ({
  page,
  serve,
  dataset,
  folder,
}) => {
  const missing = join(folder, 'elsewhere');
  await page.goto((await serve(missing)).url);
  await expect(page.getByRole('alert')).toContainText(
    `There is no folder or CSV at ${missing}. Nothing was created.`,
  );
  cpSync(dataset, missing, { recursive: true });
  cpSync(`${dataset}.toploss`, `${missing}.toploss`, { recursive: true });
  await page.getByRole('button', { name: 'Try again' }).click();
  await listIsReady(page);
});

test('a path without a folder is named in the folder browser', async ({ page, serve, folder }) => {
  await page.goto((await serve()).url);
  await page.getByRole('button', { name: 'Open a folder or CSV' }).click();
  const path = page.getByRole('textbox', { name: 'Path' });
  await expect(path).toHaveValue(folder);
  await path.fill(join(folder, 'nowhere'));
  await path.press('Enter');
  await expect(page.getByRole('alert')).toContainText(
    `The folder ${join(folder, 'nowhere')} can't be listed`,
  );
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('button', { name: 'Open this folder' })).toBeVisible();
});

test('an empty folder is said to be empty', async ({ page, serve, folder }) => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  await page.goto((await serve(empty)).url);
  await expect(page.getByRole('alert')).toContainText(`${empty} is empty. Open a folder with JPEG, PNG`);
});

test('a folder of one class is said to have too few', async ({ page, serve, folder, sample }) => {
  const single = join(folder, 'single');
  for (const name of ['001', '002', '003'])
    cpSync(join(sample.dataset, 'boat', `${name}.jpg`), join(single, 'boat', `${name}.jpg`));
  await page.goto((await serve(single)).url);
  await expect(page.getByRole('alert')).toContainText('at least two classes, and there is only one class', {
    timeout: 30_000,
  });
  await page.getByRole('button', { name: 'Show the images unranked' }).click();
  await expect(amount(page)).toHaveText('3 images listed');
});

test('a project that is open in another process is busy until that one ends', async ({
  page,
  serve,
  dataset,
}) => {
  const other = await serve(dataset);
  const otherPage = await page.context().newPage();
  await otherPage.goto(other.url);
  await listIsReady(otherPage);

  await page.goto((await serve(dataset)).url);
  await expect(page.getByRole('alert')).toContainText(`${dataset}.toploss is open in process`);
  await expect(page.getByRole('alert')).toContainText('Nothing was changed.');
  await other.stop();
  await page.getByRole('button', { name: 'Try again' }).click();
  await listIsReady(page);
});

test('files that are not ranked are listed with their reasons', async ({ page, serve, dataset }) => {
  put(dataset, 'boat/notes.txt', 'Not an image.');
  put(dataset, 'boat/half.jpg', Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb', 'hex'));
  await page.goto((await serve(dataset)).url);
  await listIsReady(page);
  await filters(page).getByRole('button', { name: '2 files not ranked' }).click();
  const dialog = page.getByRole('dialog', { name: 'Files that are not ranked' });
  await expect(dialog.getByRole('row', { name: /boat\/half\.jpg damaged: / })).toBeVisible();
  await expect(dialog.getByRole('row', { name: 'boat/notes.txt not an image' })).toBeVisible();
  await dialog.getByRole('searchbox', { name: 'Filter' }).fill('damaged');
  await expect(dialog.getByRole('row')).toHaveCount(2);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
});

test('the first training is cancelled and goes on later', async ({ page, serve, folder, ranked }) => {
  test.slow();
  const fresh = join(folder, 'fresh');
  cpSync(ranked, fresh, { recursive: true });
  await page.goto((await serve(fresh)).url);
  await expect(page.getByRole('heading', { name: 'Learning patch filters' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('alert')).toContainText('Training was cancelled.');
  await page.getByRole('button', { name: 'Show the images unranked' }).click();
  await expect(amount(page)).toHaveText('120 images listed');

  await page.getByRole('button', { name: 'Retrain' }).click();
  await expect(page.getByText('Baseline ready')).toBeVisible({ timeout: 90_000 });
  await expect(focused(page)).toHaveAccessibleName(/, loss \d/);
});

test('a data set is taken off the list of recent ones, and nothing of it is deleted', async ({
  page,
  serve,
  dataset,
}) => {
  await page.goto((await serve(dataset)).url);
  await listIsReady(page);
  await page.keyboard.press('k');
  await expect(filters(page)).toContainText('Kept 1');
  await page.getByRole('button', { name: 'Toploss' }).click();
  const recent = page.getByTitle(dataset, { exact: true });
  await expect(recent).toContainText('120 images');
  await page.getByRole('button', { name: 'Take landscapes off this list' }).click();
  await expect(recent).toBeHidden();
  await openPath(page, dataset);
  await expect(filters(page)).toContainText('Kept 1');
});
