// Labels outlive the process: what was decided before the app was closed is undone and redone after it.
import type { Page } from '@playwright/test';
import {
  amount,
  cards,
  expect,
  filter,
  focused,
  listIsReady,
  storedDecisions,
  storedVerdicts,
  test,
  words,
} from './app.ts';

interface Action {
  readonly name: string;
  /** Of the list's filters: where the images are counted afterwards. */
  readonly counted: string;
  readonly images: number;
  readonly act: (page: Page) => Promise<void>;
}

const press = (key: string) => (page: Page) => page.keyboard.press(key);

const actions: readonly Action[] = [
  { name: 'a relabel', counted: 'Relabelled', images: 1, act: press('1') },
  { name: 'a keep', counted: 'Kept', images: 1, act: press('k') },
  { name: 'an exclusion', counted: 'Excluded', images: 1, act: press('x') },
  {
    name: 'a relabel of fifty images',
    counted: 'Relabelled',
    images: 50,
    async act(page) {
      // Three classes of twenty images, none of which is to become what it is.
      await filter(page, 'balloon').click();
      for (const name of ['boat', 'car']) await filter(page, name).click({ modifiers: ['Control'] });
      await expect(amount(page)).toHaveText('60 images listed');
      await listIsReady(page);
      await cards(page).first().click();
      await cards(page)
        .nth(49)
        .click({ modifiers: ['Shift'] });
      await expect(page.getByText('50 selected')).toBeVisible();
      await page.keyboard.press('t');
      await page.getByRole('combobox', { name: 'Class' }).press('Enter');
    },
  },
];

for (const { name, counted, images, act } of actions) {
  test(`${name} is undone after a restart, and redone after another`, async ({ page, serve, dataset }) => {
    // Tall enough for fifty cards.
    await page.setViewportSize({ width: 1280, height: 2400 });
    const line = filter(page, counted);
    const first = await serve(dataset);
    await page.goto(first.url);
    await listIsReady(page);
    await act(page);
    await expect(line).toHaveText(`${counted} ${images}`);
    const decided = storedVerdicts(dataset);
    expect(decided).toHaveLength(images);
    await expect.poll(() => new Set(storedDecisions(dataset).map(({ step }) => step)).size).toBe(1);
    await first.stop();

    const second = await serve(dataset);
    await page.goto(second.url);
    await expect(line).toHaveText(`${counted} ${images}`);
    await expect(focused(page)).toBeVisible();
    await page.keyboard.press('Control+z');
    await expect(line).toHaveText(`${counted} 0`);
    await expect.poll(() => storedVerdicts(dataset)).toEqual([]);
    await second.stop();

    await page.goto((await serve(dataset)).url);
    await expect(line).toHaveText(`${counted} 0`);
    await expect(focused(page)).toBeVisible();
    await page.keyboard.press('Control+Shift+Z');
    await expect(line).toHaveText(`${counted} ${images}`);
    await expect.poll(() => storedVerdicts(dataset)).toEqual(decided);
    await line.click();
    // The list turns over in a moment, and its cards come after it.
    await expect
      .poll(async () => {
        const inFocus = (await words(focused(page))).path;
        return decided.some(({ path }) => path === inFocus);
      })
      .toBe(true);
  });
}
