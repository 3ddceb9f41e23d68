// What a machine can tell of accessibility, on every view and dialog, in both colour schemes and at a zoom of 200 %.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, focused, listIsReady, test } from './app.ts';

interface View {
  readonly name: string;
  readonly show: (page: Page) => Promise<void>;
}

const tab = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name }).click();
const dialog = (page: Page, name: string): Promise<void> =>
  expect(page.getByRole('dialog', { name })).toBeVisible();

const views: readonly View[] = [
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
      await expect(page.getByText('No label has been changed yet.')).toBeVisible();
    },
  },
  {
    name: 'the runs',
    async show(page) {
      await tab(page, 'Runs');
      await expect(page.getByRole('checkbox', { name: 'Compare run 1' })).toBeVisible();
    },
  },
  { name: 'the export', show: (page) => tab(page, 'Export') },
  {
    name: 'the start',
    async show(page) {
      await page.getByRole('button', { name: 'Toploss' }).click();
      await expect(page.getByRole('button', { name: 'Open a folder or CSV' })).toBeVisible();
    },
  },
];

/** A control has to be called what is written on it. A card has figures written on it, which its name says in words. */
const figuresOnCards = 'label-content-name-mismatch at #card-';

/** What is wrong and where, in one line each. */
async function complaints(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
    )
    .filter((complaint) => !complaint.startsWith(figuresOnCards));
}

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
