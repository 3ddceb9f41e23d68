// The three exports say what was decided; the originals stay as they are.
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, focused, put, readTable, storedVerdicts, test, words } from './app.ts';

/** Relabels the worst image, excludes the next, and opens the export. */
async function decideTwo(
  page: Page,
): Promise<{ relabelled: string; from: string; to: string; excluded: string }> {
  const first = await words(focused(page));
  await page.keyboard.press('1');
  const second = await words(focused(page));
  await page.keyboard.press('x');
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByText('1 image relabelled and 1 excluded so far.')).toBeVisible();
  return { relabelled: first.path, from: first.label, to: first.looksLike, excluded: second.path };
}

const write = (page: Page): Promise<void> =>
  page.getByRole('main').getByRole('button', { name: 'Export' }).click();

test('the cleaned CSV has the labels as they are now', async ({ review: page, dataset }) => {
  const { relabelled, to, excluded } = await decideTwo(page);
  await write(page);
  await expect(page.getByText('119 images, without 1 that is excluded, written to')).toBeVisible();
  const rows = new Map(readTable(`${dataset}-cleaned.csv`).map(({ path, label }) => [path, label]));
  expect(rows.size).toBe(119);
  expect(rows.get(`landscapes/${relabelled}`)).toBe(to);
  expect(rows.has(`landscapes/${excluded}`)).toBe(false);
});

for (const [way, links] of [
  ['Copies', 1],
  ['Hard links', 2],
] as const) {
  test(`the cleaned folder is made of ${way.toLowerCase()}`, async ({ review: page, dataset }) => {
    const { relabelled, to, excluded } = await decideTwo(page);
    await page.getByRole('radio', { name: 'Cleaned folder' }).check();
    await page.getByRole('radio', { name: way }).check();
    await write(page);
    await expect(page.getByText('119 images, without 1 that is excluded, written to')).toBeVisible();
    const cleaned = `${dataset}-cleaned`;
    const files = readdirSync(cleaned, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files).toHaveLength(119);
    expect(files.filter(({ parentPath }) => parentPath === join(cleaned, dirname(excluded)))).toHaveLength(
      // One was excluded, and the relabelled one may have left this folder or come to it.
      19 + Number(to === dirname(excluded)) - Number(dirname(relabelled) === dirname(excluded)),
    );
    for (const { parentPath, name } of files) expect(statSync(join(parentPath, name)).nlink).toBe(links);
    expect(statSync(join(dataset, relabelled)).size).toBeGreaterThan(0);
    expect(basename(excluded)).toBeTruthy();
  });
}

test('the list of changes has what was relabelled and excluded, alone', async ({ review: page, dataset }) => {
  const { relabelled, from, to, excluded } = await decideTwo(page);
  await page.getByRole('radio', { name: 'List of changes' }).check();
  await write(page);
  await expect(page.getByText('2 changes written to')).toBeVisible();
  expect(new Map(readTable(`${dataset}-changes.csv`).map((row) => [row['path'], row]))).toEqual(
    new Map([
      [relabelled, { path: relabelled, from, to, verdict: 'relabel' }],
      [excluded, { path: excluded, from: dirname(excluded), to: '', verdict: 'exclude' }],
    ]),
  );
});

test('a target that is there already is not touched', async ({ review: page, folder }) => {
  put(folder, 'mine.csv', 'mine\n');
  await decideTwo(page);
  await page.getByRole('textbox', { name: 'New file' }).fill(join(folder, 'mine.csv'));
  await write(page);
  await expect(page.getByRole('alert')).toContainText(
    `${join(folder, 'mine.csv')} is already there and was not touched. Choose another name, or move it away.`,
  );
  expect(readTable(join(folder, 'mine.csv'))).toEqual([]);
});

test('a target inside the data set is refused', async ({ review: page, dataset }) => {
  await decideTwo(page);
  await page.getByRole('textbox', { name: 'New file' }).fill(join(dataset, 'cleaned.csv'));
  await write(page);
  await expect(page.getByRole('alert')).toContainText(
    'lies inside the data set, which an export must not change.',
  );
  expect(readdirSync(dataset)).not.toContain('cleaned.csv');
  await expect.poll(() => storedVerdicts(dataset)).toHaveLength(2);
});
