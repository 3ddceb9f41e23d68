// How the page behaves on 100,000 images, in a real browser without a screen, on a project that the app itself has
// ranked and re-ranks at every relabel: opening it, scrolling through all of it, deciding by key, and the memory that is
// left afterwards. The images are links to a few pictures. Frames are compared with those of a bare page that scrolls as
// far beside nothing else, since a machine without a screen draws in software. Prints one JSON object.
//   npm run bench -- page [--images N]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Page } from '@playwright/test';
import sharp from 'sharp';
import { encodeModel } from '../main/learn/onnx/graph.ts';
import { createRandom } from '../main/learn/random.ts';
import { buildIfStale } from '../main/setup/build.mjs';
import { findBrowser } from '../main/setup/browser.mjs';
import { measure } from './cli/measured.ts';
import { measureQueue } from './review/queue.ts';

const classes = 100;
const pictures = 500;
/** Images with the label of another class than their picture's. */
const wrongShare = 0.05;
const viewport = { width: 1280, height: 800 };
const scrollFrames = 900;
const presses = 200;
const pressEveryMs = 100;
/** What a display of 60 Hz has for a frame, with the rounding of its time. */
const frameMs = 1000 / 60 + 0.5;
const jankMs = 50;

const meanColours: Parameters<typeof encodeModel>[0] = {
  inputs: [{ name: 'pixels', type: 'float32', shape: ['n', 3, 32, 32] }],
  outputs: [{ name: 'features', type: 'float32', shape: ['n', 48] }],
  nodes: [
    {
      operator: 'AveragePool',
      inputs: ['pixels'],
      outputs: ['means'],
      attributes: { kernel_shape: [8, 8], strides: [8, 8] },
    },
    { operator: 'Flatten', inputs: ['means'], outputs: ['features'] },
  ],
};

/** As high as the list may be, and as full: a shade for each card in view. */
const barePage = `<style>body { margin: 0 } main { height: 100vh; overflow: auto }
  div { height: 4000000px; background: repeating-linear-gradient(#eee 0 115px, #fff 115px 185px) }</style>
  <main><div></div></main>`;

const toploss = fileURLToPath(new URL('../main/cli/toploss.ts', import.meta.url));
const { values } = parseArgs({ options: { images: { type: 'string', default: '100000' } } });
const images = Number(values.images);

await buildIfStale(fileURLToPath(new URL('..', import.meta.url)), 'page');
const folder = mkdtempSync(join(tmpdir(), 'toploss-bench-'));
try {
  const dataset = join(folder, 'images');
  await drawImages(dataset);
  const backbone = join(folder, 'colours.onnx');
  writeFileSync(backbone, encodeModel(meanColours));
  const { seconds } = await measure(toploss, ['train', dataset, '--backbone', backbone]);
  // Its thumbnails are kept from now on, as those of any project that was looked at before.
  await visit(dataset, (page) => scrollThrough(page, '[role=grid]'));
  const result = await visit(dataset, measurePage);
  const { milliseconds } = await measureQueue(1_000_000);
  const { page, firstOrder, newSearch, newSort } = milliseconds;
  const million = { page, firstOrder, newSearch, newSort };
  console.log(
    JSON.stringify(
      { bench: 'page', images, trainSeconds: seconds, ...result, queueOfMillion: million },
      null,
      2,
    ),
  );
} finally {
  rmSync(folder, { recursive: true });
}

async function measurePage(page: Page, firstThumbnailsMs: number) {
  const reload = performance.now();
  await page.reload();
  await thumbnails(page);
  const reloadMs = performance.now() - reload;
  const keys = await decide(page);
  const scroll = await scrollThrough(page, '[role=grid]');
  const megabytes = await heapMegabytes(page);
  await page.setContent(barePage);
  const floor = await scrollThrough(page, 'main');
  return { firstThumbnailsMs, reloadMs, keys, scroll, scrollOfBarePage: floor, heapMegabytes: megabytes };
}

/** Serves the data set, opens its page, and tells how long it took until the thumbnails in view were there. */
async function visit<T>(dataset: string, look: (page: Page, openedMs: number) => Promise<T>): Promise<T> {
  const server = spawn(process.execPath, [toploss, 'serve', dataset], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const browser = await launch();
  try {
    const url = await linkOf(server.stdout);
    const page = await browser.newPage({ viewport });
    const started = performance.now();
    await page.goto(url);
    await thumbnails(page);
    return await look(page, performance.now() - started);
  } finally {
    await browser.close();
    server.kill('SIGINT');
    await ended;
  }
}

async function launch() {
  const executablePath = await findBrowser(fileURLToPath(new URL('..', import.meta.url)));
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch(executablePath === null ? { args } : { args, executablePath });
}

async function linkOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const link = line.match(/http:\S+/)?.[0];
    if (link !== undefined) {
      output.resume();
      return link;
    }
  }
  throw new Error('Toploss ended before it said where it is.');
}

/** Waits until every card that can be seen shows its picture. */
async function thumbnails(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const window = document.querySelector('[role=grid]')?.getBoundingClientRect();
    if (!window) return false;
    const seen = [...document.querySelectorAll('[role=gridcell]')].filter((card) => {
      const { top, bottom } = card.getBoundingClientRect();
      return bottom > window.top && top < window.bottom;
    });
    return (
      seen.length > 0 &&
      seen.every((card) => {
        const picture = card.querySelector('img');
        return picture !== null && picture.complete && picture.naturalWidth > 0;
      })
    );
  });
}

/** From the top to the end at a steady pace; each frame that is drawn is noted. */
async function scrollThrough(page: Page, selector: string) {
  const frames = await page.evaluate(
    ({ selector, scrollFrames }) =>
      new Promise<number[]>((resolve) => {
        const element = document.querySelector(selector);
        if (!element) throw new Error(`there is no ${selector}`);
        const end = element.scrollHeight - element.clientHeight;
        const taken: number[] = [];
        let last = 0;
        const step = (now: number): void => {
          if (last > 0) taken.push(now - last);
          last = now;
          element.scrollTop = (end * taken.length) / scrollFrames;
          if (taken.length < scrollFrames) requestAnimationFrame(step);
          else resolve(taken);
        };
        element.scrollTop = 0;
        requestAnimationFrame(step);
      }),
    { selector, scrollFrames },
  );
  const share = (limit: number) => frames.filter((taken) => taken > limit).length / frames.length;
  return {
    frames: frames.length,
    medianMs: quantile(frames, 0.5),
    p99Ms: quantile(frames, 0.99),
    shareLate: round(share(frameMs)),
    shareOver50Ms: round(share(jankMs)),
  };
}

/**
 * Presses the keys of verdicts at a steady pace. The time from a press to the frame that shows what it did is the
 * browser's own (Event Timing, in steps of 8 ms; it tells of those from 16 ms on).
 */
async function decide(page: Page) {
  await page.evaluate(() => {
    const durations: number[] = [];
    Object.assign(window, { durations });
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === 'keydown') durations.push(duration);
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
  });
  const before = await reviewed(page);
  const started = performance.now();
  for (let press = 0; press < presses; press++) {
    await setTimeout(Math.max(0, started + press * pressEveryMs - performance.now()));
    await page.keyboard.press('1kx1u'.charAt(press % 5));
  }
  await setTimeout(1000);
  const slow = await page.evaluate<number[]>(
    () => Object.getOwnPropertyDescriptor(window, 'durations')?.value,
  );
  const decided = (await reviewed(page)) - before;
  if (decided !== presses) throw new Error(`${decided} verdicts of ${presses} were stored`);
  const all = [...slow, ...Array.from({ length: Math.max(0, presses - slow.length) }, () => 16)];
  return { presses, medianMs: quantile(all, 0.5), p95Ms: quantile(all, 0.95), worstMs: quantile(all, 1) };
}

async function reviewed(page: Page): Promise<number> {
  const text = await page.locator('footer .stat').first().textContent();
  return Number(text?.replace(/\D/g, ''));
}

async function heapMegabytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return round(usedSize / 1e6);
}

/** Few pictures, many files; the label is that of the picture for most. */
async function drawImages(dataset: string): Promise<void> {
  const random = createRandom(1);
  const pool = join(folder, 'pool');
  mkdirSync(pool);
  for (let i = 0; i < pictures; i++) {
    const colour = Array.from({ length: 3 }, () => 40 + 160 * random());
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => (colour[at % 3] ?? 0) + 50 * random());
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toFile(join(pool, `${i}.jpg`));
  }
  for (let k = 0; k < classes; k++) mkdirSync(join(dataset, `class ${k}`), { recursive: true });
  for (let i = 0; i < images; i++) {
    const picture = i % pictures;
    const label = random() < wrongShare ? Math.floor(random() * classes) : picture % classes;
    linkSync(join(pool, `${picture}.jpg`), join(dataset, `class ${label}`, `${i}.jpg`));
  }
}

function quantile(measured: readonly number[], share: number): number {
  const sorted = measured.toSorted((a, b) => a - b);
  return round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
