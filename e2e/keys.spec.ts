// Typing fast: a decision goes to the image that was in focus when its key was pressed, whatever the list does meanwhile.
import { expect, storedDecisions, test } from './app.ts';

interface Pressed {
  readonly key: string;
  readonly path: string;
  /** The class that `1` stood for. */
  readonly suggested: string;
}

test('forty verdicts typed without a pause go to the forty images that were in focus', async ({
  review: page,
  dataset,
}) => {
  await page.evaluate(() => {
    const pressed: Pressed[] = [];
    Object.assign(window, { pressed });
    const notes = (event: KeyboardEvent): void => {
      const path = document.querySelector('[role=gridcell].focused')?.getAttribute('aria-label') ?? '';
      const suggested = document.querySelector('aside[aria-label=Decision] ol button')?.getAttribute('title');
      pressed.push({ key: event.key, path: path.split(', labelled ')[0] ?? '', suggested: suggested ?? '' });
    };
    window.addEventListener('keydown', notes, { capture: true });
  });

  await page.keyboard.type('1k1x1u11kx'.repeat(4));

  const pressed: Pressed[] = await page.evaluate(
    () => Object.getOwnPropertyDescriptor(window, 'pressed')?.value,
  );
  expect(new Set(pressed.map(({ path }) => path)).size).toBe(40);
  await expect.poll(() => storedDecisions(dataset).length).toBe(40);
  const verdicts: Record<string, string> = { '1': 'relabel', k: 'keep', x: 'exclude', u: 'unsure' };
  await expect
    .poll(() => storedDecisions(dataset).map(({ path, verdict, label }) => ({ path, verdict, label })))
    .toEqual(
      pressed.map(({ key, path, suggested }) => ({
        path,
        verdict: verdicts[key],
        label: key === '1' ? suggested : path.split('/')[0],
      })),
    );
});
