// Typing fast: a decision goes to the image that was in focus when its key was pressed, whatever the list does meanwhile.
import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { cardOf, expect, focused, listIsReady, readTable, storedDecisions, test, words } from './app.ts';

interface Pressed {
  readonly key: string;
  readonly path: string;
  /** The class that `1` stood for. */
  readonly suggested: string;
}

const verdictsTyped = 1000;
const verdicts: Readonly<Record<string, string>> = { '1': 'relabel', k: 'keep', x: 'exclude', u: 'unsure' };

/** Types at a pace that does not wait for the page, as a person does not either. */
async function typeAt(page: Page, perSecond: number, text: string): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  const start = performance.now();
  const sent: Promise<unknown>[] = [];
  for (const [place, key] of [...text].entries()) {
    await setTimeout(Math.max(0, start + (1000 * place) / perSecond - performance.now()));
    sent.push(
      browser.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text: key }),
      browser.send('Input.dispatchKeyEvent', { type: 'keyUp', key }),
    );
  }
  await Promise.all(sent);
}

test('1,000 verdicts at 30 keys a second go to the 1,000 images that were in focus, in order', async ({
  page,
  folder,
  sample,
  backbone,
  command,
  serve,
}) => {
  test.setTimeout(300_000);
  const dataset = join(folder, 'many');
  for (const { path = '' } of readTable(sample.truth)) {
    cpSync(join(sample.dataset, path), join(dataset, path));
    // What follows the end of a picture makes it another content.
    const copy = join(dataset, path.replace('/', '/again-'));
    cpSync(join(sample.dataset, path), copy);
    appendFileSync(copy, 'again');
  }
  await command('train', dataset, '--backbone', backbone);
  await page.goto((await serve(dataset)).url);
  await listIsReady(page);
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

  // A key does nothing while the card in focus is still to come, as may be where other work has the processor: then the
  // person sees that, and types on.
  let acted: readonly Pressed[] = [];
  while (acted.length < verdictsTyped) {
    await typeAt(page, 30, '1k1x1u11kx'.repeat(100).slice(acted.length));
    const pressed: Pressed[] = await page.evaluate(
      () => Object.getOwnPropertyDescriptor(window, 'pressed')?.value,
    );
    acted = pressed.filter(({ path }) => !path.endsWith(', loading'));
  }

  expect(new Set(acted.map(({ path }) => path)).size).toBe(verdictsTyped);
  const stored = () => storedDecisions(dataset).map(({ path, verdict, label }) => ({ path, verdict, label }));
  await expect.poll(() => stored().length, { timeout: 60_000 }).toBe(verdictsTyped);
  expect(stored()).toEqual(
    acted.map(({ key, path, suggested }) => ({
      path,
      verdict: verdicts[key],
      label: key === '1' ? suggested : path.split('/')[0],
    })),
  );
});

test('a key is one request, and no card is fetched again', async ({ review: page }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    const [, name] = /\/call\/((?:labels|queue|project|insights|history)\.\w+)$/.exec(request.url()) ?? [];
    if (name !== undefined) asked.push(name);
  });
  const answers: number[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('/call/labels.decide'))
      void response.body().then((body) => answers.push(body.length));
  });
  for (const [place, verdict] of ['keep', 'exclude', 'unsure'].entries()) {
    const { path } = await words(focused(page));
    await page.keyboard.press({ keep: 'k', exclude: 'x', unsure: 'u' }[verdict] ?? '');
    await expect(cardOf(page, path)).toHaveAttribute('aria-label', /, (kept|excluded|unsure)/);
    await expect.poll(() => answers.length).toBe(place + 1);
    // An exclusion is learned from: the list that follows it is no answer to a key.
    if (verdict === 'keep') expect(asked).toEqual(['labels.decide']);
  }
  expect(asked.filter((name) => name === 'labels.decide')).toHaveLength(3);
  expect(Math.max(...answers)).toBeLessThan(3000);
});
