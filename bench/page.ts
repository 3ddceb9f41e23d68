// How the page behaves on 100,000 images, in a real browser without a screen, on a project that the app itself has
// ranked and re-ranks at every relabel: opening it, deciding by key, scrolling through all of it, and the memory that is
// left afterwards; then the queue calls alone on a million rows. The images are links to a few pictures. Beside each
// figure is its floor, measured in the same run: the same project with 500 images, a bare page with the same keys, a bare
// page that scrolls as far, and the share of a core that a busy process got. Prints one JSON object.
//   npm run bench -- page [--images N] [--folder FOLDER]   keeps the ranked images in FOLDER, to be used again
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { buildIfStale } from '../main/build/setup/build.mjs';
import { rounded } from './page/figures.ts';
import { scrollBarePage, scrollThrough } from './page/frames.ts';
import { pressKeys, pressKeysOnBarePage } from './page/keys.ts';
import { rankedProject } from './page/project.ts';
import { thumbnailsInView, visit } from './page/visit.ts';
import { measureQueue } from './review/queue.ts';

const fewImages = 500;
const scrollFrames = 900;
const keys = '1kx1u'.repeat(40);
const pressEveryMs = 100;
const longestWaitMs = 60_000;

const { values } = parseArgs({
  options: { images: { type: 'string', default: '100000' }, folder: { type: 'string' } },
});
const images = Number(values.images);

await buildIfStale(fileURLToPath(new URL('..', import.meta.url)), 'page');
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'toploss-bench-'));
try {
  const few = await rankedProject(join(folder, 'few'), fewImages);
  const many = await rankedProject(join(folder, 'many'), images);
  // Thumbnails are kept from now on, as those of any project that was looked at before.
  for (const dataset of [few, many]) await visit(dataset, (page) => scrollThrough(page, '[role=grid]', 300));
  const before = coreShare();
  const floor = { opening: await visit(few, measureOpening), ...(await visit(few, measureBarePages)) };
  const page = await visit(many, measurePage);
  const { milliseconds } = await measureQueue(1_000_000);
  const { page: queuePage, firstOrder, newSearch, newSort } = milliseconds;
  const queueOfMillion = { page: queuePage, firstOrder, newSearch, newSort };
  const share = { before, after: coreShare() };
  console.log(
    JSON.stringify({ bench: 'page', images, ...page, floor, coreShare: share, queueOfMillion }, null, 2),
  );
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}

async function measurePage(page: Page, openedMs: number) {
  const opening = await measureOpening(page, openedMs);
  await workIsDone(page);
  const decidedBefore = await reviewed(page);
  const decisions = await pressKeys(page, keys, pressEveryMs);
  const stored = await storedSince(page, decidedBefore);
  const scroll = await scrollThrough(page, '[role=grid]', scrollFrames);
  return {
    opening,
    decisions: { ...decisions, ...stored },
    scroll,
    heapMegabytes: await heapMegabytes(page),
  };
}

/** Until the thumbnails in view are there: of a project that the app has to open, and of one that it has open. */
async function measureOpening(page: Page, openedMs: number) {
  const started = performance.now();
  await page.reload();
  await thumbnailsInView(page);
  return { firstThumbnailsMs: rounded(openedMs), afterReloadMs: rounded(performance.now() - started) };
}

/** Files are looked at and the head is fitted after each start of the app. */
async function workIsDone(page: Page): Promise<void> {
  await setTimeout(1000);
  await page.getByRole('progressbar').waitFor({ state: 'hidden', timeout: 600_000 });
}

async function measureBarePages(page: Page) {
  return {
    keys: await pressKeysOnBarePage(page, keys, pressEveryMs),
    scroll: await scrollBarePage(page, scrollFrames),
  };
}

/** How many verdicts were stored, and how long after the last key all were: each re-ranking has them wait. */
async function storedSince(page: Page, before: number) {
  const started = performance.now();
  let stored = 0;
  while (stored < keys.length && performance.now() - started < longestWaitMs) {
    await setTimeout(50);
    stored = (await reviewed(page)) - before;
  }
  return { stored, storedAfterMs: rounded(performance.now() - started) };
}

async function reviewed(page: Page): Promise<number> {
  const text = await page.locator('footer .stat').first().textContent();
  return Number(text?.replace(/\D/g, ''));
}

async function heapMegabytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return rounded(usedSize / 1e6);
}

/** What a process that never waits gets of one core: 1 where nothing else runs. */
function coreShare(): number {
  const [started, before] = [performance.now(), process.cpuUsage()];
  while (performance.now() - started < 1000);
  const { user, system } = process.cpuUsage(before);
  return rounded((user + system) / 1000 / (performance.now() - started));
}
