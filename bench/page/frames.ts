// Frames while something scrolls from top to end at a steady pace, and the floor below them: a bare page that scrolls
// as far. A machine without a screen draws in software, and others may have its processor.
import type { Page } from '@playwright/test';
import { quantile, rounded } from './figures.ts';

/** What a display of 60 Hz has for a frame, with the rounding of its time. */
const frameMs = 1000 / 60 + 0.5;
const jankMs = 50;

/** As high as the list may be, and as full: a shade for each card in view. */
const barePage = `<style>body { margin: 0 } main { height: 100vh; overflow: auto }
  div { height: 4000000px; background: repeating-linear-gradient(#eee 0 115px, #fff 115px 185px) }</style>
  <main><div></div></main>`;

/** Scrolls the element in so many frames; each frame that is drawn is noted. */
export async function scrollThrough(page: Page, selector: string, count: number) {
  const frames = await page.evaluate(
    ({ selector, count }) =>
      new Promise<number[]>((resolve) => {
        const element = document.querySelector(selector);
        if (!element) throw new Error(`there is no ${selector}`);
        const end = element.scrollHeight - element.clientHeight;
        if (end <= 0) throw new Error(`${selector} has nothing to scroll`);
        const taken: number[] = [];
        let last = 0;
        const step = (now: number): void => {
          if (last > 0) taken.push(now - last);
          last = now;
          element.scrollTop = (end * taken.length) / count;
          if (taken.length < count) requestAnimationFrame(step);
          else resolve(taken);
        };
        element.scrollTop = 0;
        requestAnimationFrame(step);
      }),
    { selector, count },
  );
  const share = (limit: number) => frames.filter((taken) => taken > limit).length / frames.length;
  return {
    frames: frames.length,
    medianMs: quantile(frames, 0.5),
    p99Ms: quantile(frames, 0.99),
    shareOver16Ms: rounded(share(frameMs)),
    shareOver50Ms: rounded(share(jankMs)),
  };
}

/** The page is another one afterwards. */
export async function scrollBarePage(page: Page, count: number) {
  await page.goto('about:blank');
  await page.setContent(barePage);
  return scrollThrough(page, 'main', count);
}
