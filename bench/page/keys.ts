// The time from a key to the frame that shows what it did, as the browser itself has measured it (Event Timing, in steps
// of 8 ms; it tells of those from 16 ms on), and the floor below it: a bare page where a key moves an outline.
import { setTimeout } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { quantile } from './figures.ts';

const shortestMs = 16;

const barePage = `<style>i { display: inline-block; width: 120px; height: 90px; margin: 8px; background: #ccc }
  .on { outline: 2px solid blue }</style>${'<i></i>'.repeat(40)}`;

/** Presses one key after the other at a steady pace, however long the page takes. */
export async function pressKeys(page: Page, keys: string, everyMs: number) {
  await page.evaluate((durationThreshold) => {
    const durations: number[] = [];
    Object.assign(window, { durations });
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === 'keydown') durations.push(duration);
    }).observe({ type: 'event', durationThreshold } as PerformanceObserverInit);
  }, shortestMs);
  const started = performance.now();
  for (const [place, key] of [...keys].entries()) {
    await setTimeout(Math.max(0, started + place * everyMs - performance.now()));
    await page.keyboard.press(key);
  }
  await setTimeout(1000);
  const slow = await page.evaluate<number[]>(
    () => Object.getOwnPropertyDescriptor(window, 'durations')?.value,
  );
  const unnoticed = Array.from({ length: Math.max(0, keys.length - slow.length) }, () => shortestMs);
  const all = [...slow, ...unnoticed];
  return {
    presses: keys.length,
    medianMs: quantile(all, 0.5),
    p95Ms: quantile(all, 0.95),
    worstMs: quantile(all, 1),
  };
}

/** The page is another one afterwards. */
export async function pressKeysOnBarePage(page: Page, keys: string, everyMs: number) {
  await page.goto('about:blank');
  await page.setContent(barePage);
  await page.evaluate(() => {
    const boxes = document.querySelectorAll('i');
    let place = 0;
    addEventListener('keydown', () => {
      boxes[place]?.classList.remove('on');
      place = (place + 1) % boxes.length;
      boxes[place]?.classList.add('on');
    });
  });
  return pressKeys(page, keys, everyMs);
}
