// The time from a verdict to the new order of the queue (the head's update and scores, their way to another process,
// and the list that the page asks for), and that to find the nearest images of two classes, by the number of images,
// beside the least that it can take: reading the features once. Prints one JSON object.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { worstFirst } from '../shared/query.ts';
import type { ClassId, ImageId } from '../shared/domain.ts';
import type { Scores } from '../shared/scores.ts';
import { fitHead } from '../main/head/head.ts';
import type { FeatureBlock, FeatureSource } from '../main/head/source.ts';
import { createGemm } from '../main/math/gemm.ts';
import { nameScores } from '../main/head/nameScores.ts';
import { createRandom } from '../main/math/random.ts';
import { Collection, toItem } from '../main/checks/labelErrors/collection.ts';
import { createRanking } from '../main/checks/labelErrors/ranking.ts';

const sizes = [5_000, 20_000, 50_000];
const features = 1024;
const classes = 10;
const classIds = Array.from({ length: classes }, (_, k) => (k + 1) as ClassId);
const repetitions = 30;
const rowsPerBlock = 512;

const gemm = await createGemm();
const folder = mkdtempSync(join(tmpdir(), 'toploss-bench-'));
try {
  const results = [];
  for (const images of sizes) results.push(await measure(images));
  console.log(JSON.stringify({ bench: 'rerank', features, classes, repetitions, results }));
} finally {
  rmSync(folder, { recursive: true });
  await gemm.release();
}

async function measure(images: number) {
  const random = createRandom(images);
  const given = Uint8Array.from({ length: images }, () => random() * classes);
  const path = join(folder, `${images}.f32`);
  drawFeatures(path, given);
  const file = openSync(path, 'r');
  const source = fileSource(file, images);
  const rows = Array.from(given, (k) => ({ classes: [k], included: true }));

  const started = performance.now();
  const head = await fitHead(gemm, source, { multiLabel: false, classes, rows, copies: [] }, { seed: 1 });
  const fitSeconds = (performance.now() - started) / 1000;

  const ids = Array.from(given, (_, row) => (row + 1) as ImageId);
  const queue = createQueue(given);
  const verdict = (included: boolean) => async () => {
    const row = Math.floor(random() * images);
    const other = ((given[row] ?? 0) + 1 + Math.floor(random() * (classes - 1))) % classes;
    await head.update([{ row, classes: [other], included }]);
    queue(structuredClone(nameScores(head.scores(), ids, classIds)));
  };
  const relabel = await time(verdict(true));
  const exclude = await time(verdict(false));
  const agreeing = [0, 1].map((k) => [...given.keys()].filter((row) => given[row] === k && row % 2 === 0));
  const nearest = await time(() => head.nearest(Math.floor(random() * images), agreeing, 6));
  const floor = await time(() => {
    for (const block of source.blocks()) if (block.data.length === 0) throw new Error('an empty block');
  });
  closeSync(file);
  rmSync(path);
  return {
    images,
    fitSeconds: round(fitSeconds),
    milliseconds: { relabel, exclude, nearest, floor },
    ratioToFloor: {
      relabel: round(relabel.median / floor.median),
      exclude: round(exclude.median / floor.median),
      nearest: round(nearest.median / floor.median),
    },
  };
}

/** The images as the app has them in memory; takes scores and gives the first page of what is left to review. */
function createQueue(given: Uint8Array): (scores: Scores) => readonly ImageId[] {
  const images = Array.from(given, (k, row) => ({
    id: (row + 1) as ImageId,
    path: `${k}/${String(row).padStart(6, '0')}.jpg`,
    split: null,
    importedLabel: [(k + 1) as ClassId],
    label: [(k + 1) as ClassId],
    base: [(k + 1) as ClassId],
    verdict: null,
    decidedAt: null,
  }));
  const collection = new Collection(images.map(toItem), {
    nameOf: (id) => `class ${id}`,
    multiLabel: false,
    foundBy: () => new Set(),
  });
  return (scores) => {
    collection.score(createRanking(scores, 1));
    collection.summary([]);
    return collection.page(worstFirst, null, 200).ids;
  };
}

async function time(action: () => unknown): Promise<{ median: number; p95: number }> {
  const times: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const started = performance.now();
    await action();
    times.push(performance.now() - started);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (share: number) => round(sorted[Math.ceil(share * sorted.length) - 1] ?? NaN);
  return { median: quantile(0.5), p95: quantile(0.95) };
}

/** Non-negative like those of a network, and different enough between classes that they can be told apart. */
function drawFeatures(path: string, given: Uint8Array): void {
  const random = createRandom(0);
  const centres = Float32Array.from({ length: classes * features }, () => random() / 4);
  const file = openSync(path, 'w');
  const row = new Float32Array(features);
  for (const k of given) {
    for (let i = 0; i < features; i++)
      row[i] = Math.max(0, (centres[k * features + i] ?? 0) + 2 * random() - 1);
    writeSync(file, row);
  }
  closeSync(file);
}

function fileSource(file: number, rows: number): FeatureSource {
  const buffer = new Float32Array(rowsPerBlock * features);
  return {
    rows,
    columns: features,
    *blocks(from = 0): Generator<FeatureBlock> {
      for (let start = from; start < rows; start += rowsPerBlock) {
        const count = Math.min(rowsPerBlock, rows - start);
        const data = buffer.subarray(0, count * features);
        if (readSync(file, data, 0, data.byteLength, start * features * 4) < data.byteLength)
          throw new Error('the file of features ended early');
        yield { start, rows: count, data };
      }
    },
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
