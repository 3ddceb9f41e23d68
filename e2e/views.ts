// Every view and dialog of the page, each reached from the review of a ranked data set.
import type { Page } from '@playwright/test';
import { expect, focused } from './app.ts';

export interface View {
  readonly name: string;
  readonly show: (page: Page) => Promise<void>;
}

export const tab = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name }).click();
const dialog = (page: Page, name: string): Promise<void> =>
  expect(page.getByRole('dialog', { name })).toBeVisible();

export const views: readonly View[] = [
  { name: 'the review', show: (page) => expect(page.getByLabel('Evidence')).toBeVisible() },
  {
    name: 'the review with decisions and a selection',
    async show(page) {
      await page.keyboard.type('kxu1');
      await page.keyboard.press('Shift+ArrowRight');
      await expect(page.getByText('2 selected')).toBeVisible();
    },
  },
  {
    name: 'the loupe',
    async show(page) {
      await page.keyboard.press('Space');
      await dialog(page, 'Loupe');
    },
  },
  {
    name: 'the comparison',
    async show(page) {
      await page
        .getByRole('button', { name: /^Compare with / })
        .first()
        .click();
      await dialog(page, 'Compare');
    },
  },
  {
    name: 'the keys',
    async show(page) {
      await page.keyboard.press('?');
      await dialog(page, 'Keys');
    },
  },
  {
    name: 'the class picker',
    async show(page) {
      await page.keyboard.press('l');
      await dialog(page, 'Label this image');
    },
  },
  {
    name: 'the menu of an image',
    async show(page) {
      await focused(page).click({ button: 'right' });
      await expect(page.getByRole('menu', { name: 'Image' })).toBeVisible();
    },
  },
  {
    name: 'a list of nothing',
    async show(page) {
      await page.keyboard.press('/');
      await page.keyboard.type('nothing is called so');
      await expect(page.getByText('Nothing matches the search and the filters.')).toBeVisible();
    },
  },
  {
    name: 'renaming a class',
    async show(page) {
      await page.getByRole('button', { name: 'Change the class boat' }).click();
      await page.getByRole('menuitem', { name: 'Rename…' }).click();
      await page.getByRole('textbox', { name: 'New name' }).fill('ship');
      await expect(page.getByRole('list', { name: 'Examples' })).toBeVisible();
    },
  },
  {
    name: 'when to stop',
    async show(page) {
      await page.getByRole('button', { name: /errors left/ }).click();
      await expect(page.getByRole('img', { name: 'Loss by rank' })).toBeVisible();
    },
  },
  {
    name: 'the insights',
    async show(page) {
      await tab(page, 'Insights');
      await expect(page.getByRole('heading', { name: 'Given label against prediction' })).toBeVisible();
      const changes = page.getByRole('region', { name: 'Label changes' });
      await expect(changes.or(page.getByText('No label has been changed yet.'))).toBeVisible();
    },
  },
  {
    name: 'the runs',
    async show(page) {
      await tab(page, 'Runs');
      await expect(page.getByRole('checkbox', { name: 'Compare run 1' })).toBeVisible();
    },
  },
  {
    name: 'fine-tuning a network',
    async show(page) {
      await tab(page, 'Runs');
      await page.getByRole('radio', { name: /^Fine-tune/ }).check();
      await page.getByText('More options').click();
      await expect(page.getByRole('combobox', { name: 'Network' })).toBeVisible();
    },
  },
  { name: 'the export', show: (page) => tab(page, 'Export') },
  {
    name: 'moving excluded images out',
    async show(page) {
      await page.keyboard.press('x');
      await tab(page, 'Export');
      await page.getByRole('button', { name: 'Move out of the data set…' }).click();
      await dialog(page, 'out of the data set');
    },
  },
  {
    name: 'the start',
    async show(page) {
      await page.getByRole('button', { name: 'Toploss' }).click();
      await expect(page.getByRole('button', { name: 'Open a folder or CSV' })).toBeVisible();
    },
  },
  {
    name: 'opening a folder',
    async show(page) {
      await page.getByRole('button', { name: 'Toploss' }).click();
      await page.getByRole('button', { name: 'Open a folder or CSV' }).click();
      await expect(page.getByRole('dialog').getByRole('textbox', { name: 'Path' })).not.toHaveValue('');
    },
  },
];
