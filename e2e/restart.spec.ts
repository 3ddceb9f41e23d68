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
  readonly act: (page: Page) => Promise<void>;
  /** Lines of the list's filters afterwards, with how many images they count. */
  readonly counts: Readonly<Record<string, number>>;
  /** Undo steps. */
  readonly steps: number;
}

const actions: readonly Action[] = [
  {
    name: 'a relabel, a keep and an exclusion',
    act: (page) => page.keyboard.type('1kx'),
    counts: { Relabelled: 1, Kept: 1, Excluded: 1 },
    steps: 3,
  },
  {
    name: 'a relabel of fifty images',
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
    counts: { Relabelled: 50 },
    steps: 1,
  },
];

for (const { name, act, counts, steps } of actions) {
  test(
    `after a restart ${name} can be undone, and redone after another`,
    { tag: '@bulk-decisions' },
    async ({ page, serve, dataset }) => {
      const counted = async (after: 'done' | 'undone'): Promise<void> => {
        for (const [line, images] of Object.entries(counts))
          await expect(filter(page, line)).toHaveText(`${line} ${after === 'done' ? images : 0}`);
      };
      // Tall enough for fifty cards.
      await page.setViewportSize({ width: 1280, height: 2400 });
      const first = await serve(dataset);
      await page.goto(first.url);
      await listIsReady(page);
      await act(page);
      await counted('done');
      const decided = storedVerdicts(dataset);
      expect(decided).toHaveLength(Object.values(counts).reduce((sum, images) => sum + images));
      expect(new Set(storedDecisions(dataset).map(({ step }) => step)).size).toBe(steps);
      await first.stop();

      const second = await serve(dataset);
      await page.goto(second.url);
      await counted('done');
      await expect(focused(page)).toBeVisible();
      for (let step = 0; step < steps; step++) await page.keyboard.press('Control+z');
      await counted('undone');
      await expect.poll(() => storedVerdicts(dataset)).toEqual([]);
      await second.stop();

      await page.goto((await serve(dataset)).url);
      await counted('undone');
      await expect(focused(page)).toBeVisible();
      for (let step = 0; step < steps; step++) await page.keyboard.press('Control+Shift+Z');
      await counted('done');
      await expect.poll(() => storedVerdicts(dataset)).toEqual(decided);
      await filter(page, Object.keys(counts)[0] ?? '').click();
      // The list turns over in a moment, and its cards come after it.
      await expect
        .poll(async () => {
          const inFocus = (await words(focused(page))).path;
          return decided.some(({ path }) => path === inFocus);
        })
        .toBe(true);
    },
  );
}
