// A data set whose images carry several of a thousand classes: each class is added and taken away by itself.
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from '@playwright/test';
import {
  cards,
  decision,
  expect,
  focused,
  listIsReady,
  put,
  readTable,
  storedVerdicts,
  test as base,
  words,
} from './app.ts';

const classes = 1000;
const images = 24;

interface Fixtures {
  /** A CSV in which every image has a landscape and forty species, each of which no other image has. */
  readonly several: string;
  readonly labels: Page;
}

const test = base.extend<Fixtures>({
  several: async ({ folder, sample, backbone, command }, use) => {
    const pictures = readTable(sample.truth).filter((_, place) => place % 30 === 0);
    const rows = pictures.slice(0, images).map(({ path = '', label = '' }, place) => {
      const name = `${place}-${basename(path)}`;
      cpSync(join(sample.dataset, path), join(folder, name));
      const own = Array.from({ length: Math.ceil(classes / images) }, (_, i) => place + i * images);
      const species = own.filter((k) => k < classes).map((k) => `species ${String(k).padStart(3, '0')}`);
      return `${name},${[label, ...species].join('|')}`;
    });
    put(folder, 'labels.csv', ['path,label', ...rows, ''].join('\n'));
    const csv = join(folder, 'labels.csv');
    await command('train', csv, '--backbone', backbone);
    await use(csv);
  },
  labels: async ({ page, serve, several }, use) => {
    await page.goto((await serve(several)).url);
    await listIsReady(page);
    await use(page);
  },
});

const options = (page: Page) => page.getByRole('listbox', { name: 'Classes' }).getByRole('option');

/** The labels that were decided, by path. */
const stored = (several: string) =>
  new Map(storedVerdicts(several).map(({ path, label }) => [path, label.split('+')]));

test('by keyboard: letters find one of a thousand classes, the latest on top, and a class is added, taken away, or new', async ({
  labels: page,
  several,
}) => {
  const { path } = await words(focused(page));
  const label = () => stored(several).get(path) ?? [];
  await page.keyboard.press('s');
  const field = page.getByRole('combobox', { name: 'Class' });
  await expect(field).toHaveValue('s');
  await expect(page.getByText(/^\d+ more: keep typing to find them\.$/)).toBeVisible();
  await page.keyboard.type('pecies 77');
  await expect(options(page).nth(9)).toHaveText(/^species 779/);
  await page.keyboard.type('7');
  await page.keyboard.press('Enter');
  await expect.poll(label).toContain('species 777');
  const given = label().length;

  // The focus has stayed, so that another class can be given.
  await page.keyboard.press('s');
  await expect(options(page).first()).toHaveText(/^species 777\s+given: choose to take it away/);
  await page.keyboard.press('Enter');
  await expect.poll(label).not.toContain('species 777');
  expect(label()).toHaveLength(given - 1);

  await page.keyboard.press('q');
  await page.keyboard.type('uokka');
  await expect(options(page)).toHaveText(['new class “quokka”']);
  await page.keyboard.press('Enter');
  await expect.poll(label).toContain('quokka');
  await page.keyboard.press('Control+z');
  await expect.poll(label).not.toContain('quokka');
});

test('by mouse: suggestions add and take away, also for a selection', async ({ labels: page, several }) => {
  const [first, second] = [await words(cards(page).first()), await words(cards(page).nth(1))];
  const suggestion = decision(page).getByRole('listitem').first().getByRole('button');
  const name = (await suggestion.getAttribute('title')) ?? '';
  await expect(suggestion).toHaveAttribute('aria-pressed', 'false');
  await suggestion.click();
  await expect(suggestion).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => stored(several).get(first.path)).toContain(name);

  // One has it and the other has not: both get it, and then it is taken from both.
  await cards(page)
    .nth(1)
    .click({ modifiers: ['Shift'] });
  for (const both of [true, false]) {
    await decision(page).getByRole('button', { name: 'another class' }).click();
    await page.getByRole('combobox', { name: 'Class' }).fill(name);
    await options(page).first().click();
    await expect
      .poll(() => [first, second].map(({ path }) => stored(several).get(path)?.includes(name)))
      .toEqual([both, both]);
  }
  await page.getByRole('button', { name: `Undo: take ${name} from 2 images` }).click();
  await expect.poll(() => stored(several).get(second.path)).toContain(name);
});
