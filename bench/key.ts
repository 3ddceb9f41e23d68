// What a key costs, in a real browser without a screen: the requests that it makes, the bytes of their answers and of the
// events that tell of it, and the time to the frame that shows it, with few classes and with many. What an image asks for
// once the focus rests on it, its history and its neighbours, is counted apart. Prints one JSON object.
//   npm run bench -- key [--folder FOLDER]   keeps the ranked images in FOLDER, to be used again
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { buildIfStale } from '../main/build/setup/build.mjs';
import { quantile, rounded } from './page/figures.ts';
import { pressKeys } from './page/keys.ts';
import { rankedProject } from './page/project.ts';
import { visit } from './page/visit.ts';

const images = 2000;
const presses = 10;
const quietMs = 2500;
const ofFocus: ReadonlySet<string> = new Set(['image.details', 'image.evidence']);

const { values } = parseArgs({ options: { folder: { type: 'string' } } });
await buildIfStale(fileURLToPath(new URL('..', import.meta.url)), 'page');
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'toploss-bench-'));
try {
  const results = [];
  for (const classes of [10, 1000]) {
    const dataset = await rankedProject(join(folder, `${classes} classes`), images, classes);
    results.push({ classes, ...(await visit(dataset, measureKey)) });
  }
  console.log(JSON.stringify({ bench: 'key', images, results }, null, 2));
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}

async function measureKey(page: Page) {
  await setTimeout(quietMs);
  await page.getByRole('progressbar').waitFor({ state: 'hidden', timeout: 600_000 });
  await setTimeout(quietMs);
  const names = new Map<string, string>();
  let asked: string[] = [];
  let [answers, events] = [0, 0];
  const session = await page.context().newCDPSession(page);
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const name = request.url.split('/call/')[1] ?? '';
    names.set(requestId, name);
    if (name !== '' && !ofFocus.has(name)) asked.push(name);
  });
  // The stream of events was opened before: its request has no name here.
  session.on('Network.dataReceived', ({ requestId, dataLength }) => {
    const name = names.get(requestId);
    if (name === undefined) events += dataLength;
    else if (name !== '' && !ofFocus.has(name)) answers += dataLength;
  });
  await session.send('Network.enable');
  const keys: { requests: number; answers: number; events: number }[] = [];
  for (let press = 0; press < presses; press++) {
    asked = [];
    [answers, events] = [0, 0];
    await page.keyboard.press('k');
    await setTimeout(quietMs);
    keys.push({ requests: asked.length, answers, events });
  }
  const median = (of: (key: (typeof keys)[number]) => number) => quantile(keys.map(of), 0.5);
  const { p95Ms } = await pressKeys(page, 'k'.repeat(60), 200);
  return {
    requests: median(({ requests }) => requests),
    answerBytes: rounded(median((key) => key.answers)),
    eventBytes: rounded(median((key) => key.events)),
    worstRequests: Math.max(...keys.map(({ requests }) => requests)),
    p95Ms,
  };
}
