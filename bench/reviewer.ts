// What live re-ranking is worth: wrong labels found by looks, for a reviewer who knows the truth and follows the queue
// as it re-orders itself, and for one who follows the first ranking to its end. Prints one JSON object.
//   npm run bench -- reviewer [--project FOLDER] [--dataset NAME]   keeps the features in FOLDER, to be used again
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withReview, type Review } from './review/simulated.ts';

const share = 0.9;
const pointsShown = 25;

const { values } = parseArgs({
  options: { project: { type: 'string' }, dataset: { type: 'string', default: 'cifar10n' } },
});
const folder = values.project ?? mkdtempSync(join(tmpdir(), 'toploss-bench-'));
try {
  const result = await withReview(values.dataset, folder, compare);
  if (result) console.log(JSON.stringify({ bench: 'reviewer', dataset: values.dataset, ...result }));
} finally {
  if (values.project === undefined) rmSync(folder, { recursive: true });
}

async function compare(review: Review) {
  const initial = review.images.worstFirst.map((item) => review.isWrong(item));
  const goal = Math.ceil(share * review.errors);
  const started = performance.now();
  const live: boolean[] = [];
  let found = 0;
  // A little further than the goal, so that both curves have their end on the picture.
  while (found < Math.ceil(0.95 * review.errors)) {
    const { worst } = review;
    if (!worst) break;
    const wrong = review.isWrong(worst);
    live.push(wrong);
    found += Number(wrong);
    await review.decide(worst);
  }
  const seconds = (performance.now() - started) / 1000;
  const looks = live.length;
  return {
    images: initial.length,
    errors: review.errors,
    secondsPerVerdict: round(seconds / looks),
    looksToFind90Percent: { live: looksToFind(live, goal), initial: looksToFind(initial, goal) },
    // The mean share found over the looks of the live curve: 1 were every wrong label on top.
    area: { live: area(live, looks, review.errors), initial: area(initial, looks, review.errors) },
    curve: Array.from({ length: pointsShown + 1 }, (_, i) => {
      const at = Math.round((i * looks) / pointsShown);
      return { looks: at, live: foundAfter(live, at), initial: foundAfter(initial, at) };
    }),
  };
}

function foundAfter(hits: readonly boolean[], looks: number): number {
  return hits.slice(0, looks).filter(Boolean).length;
}

function looksToFind(hits: readonly boolean[], goal: number): number {
  let found = 0;
  return hits.findIndex((hit) => (found += Number(hit)) === goal) + 1;
}

function area(hits: readonly boolean[], looks: number, errors: number): number {
  let found = 0;
  let sum = 0;
  for (const hit of hits.slice(0, looks)) sum += (found += Number(hit)) / errors;
  return round(sum / looks);
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
