// How well the stop signal knows the number of wrong labels: before any verdict, and after a reviewer who knows the
// truth has followed the queue for a while. Prints one JSON object.
//   npm run bench -- estimate [--project FOLDER]   keeps the features in FOLDER, to be used again
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withReview, type Review } from './review/simulated.ts';

const checkedAfter = [0, 20, 50, 100, 200, 300];
/** Of fewer, chance alone makes any factor. */
const fewest = 10;

const { values } = parseArgs({ options: { project: { type: 'string' } } });
const folder = values.project ?? mkdtempSync(join(tmpdir(), 'toploss-bench-'));
try {
  const results = [];
  for (const dataset of ['cifar10n', 'flowers']) {
    const result = await withReview(dataset, folder, estimates);
    if (result) results.push({ dataset, ...result });
  }
  console.log(JSON.stringify({ bench: 'estimate', results }, null, 2));
} finally {
  if (values.project === undefined) rmSync(folder, { recursive: true });
}

async function estimates(review: Review) {
  const checks = [];
  let found = 0;
  for (let verdicts = 0; ; verdicts++) {
    if (checkedAfter.includes(verdicts)) checks.push(check(review, verdicts, found));
    const { worst } = review;
    if (!worst || verdicts === checkedAfter.at(-1)) break;
    if (review.isWrong(worst)) found += 1;
    await review.decide(worst);
  }
  return { images: review.images.items.length, truth: review.errors, checks };
}

function check(review: Review, verdicts: number, found: number) {
  const { errorsLeft, low, high, worthwhile } = review.stop;
  const left = review.errors - found;
  return {
    verdicts,
    found,
    left,
    estimate: round(errorsLeft),
    range: [round(low), round(high)],
    factor: left < fewest ? null : factor(errorsLeft, left),
    factorOfAll: factor(found + errorsLeft, review.errors),
    worthwhile,
  };
}

/** How many times too high or too low. */
function factor(estimate: number, truth: number): number {
  return round(Math.max(estimate / truth, truth / estimate));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
