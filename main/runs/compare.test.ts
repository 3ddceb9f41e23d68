import { expect, test } from 'vitest';
import type { ClassId, ImageId, RunId } from '../../shared/domain.ts';
import { openStore, type Db } from '../store/open.ts';
import { emptyScores } from '../../shared/scores.ts';
import { insertRun, readScores } from '../store/runs.ts';
import { labelsVersion } from '../labels/labels.ts';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import { compareRuns, listRuns } from './compare.ts';
import { DataSet } from '../dataset/dataset.ts';
import { rankedImages } from '../dataset/queue.ts';
import { createRanking, scoreOf } from '../checks/labelErrors/ranking.ts';

interface Score {
  readonly loss: number | null;
  readonly predicted: ClassId;
}

function run(db: Db, images: readonly ImageId[], score: (i: number) => Score): RunId {
  const scores = emptyScores(images.length, 1);
  for (const [i, image] of images.entries()) {
    const { loss, predicted } = score(i);
    scores.images[i] = image;
    scores.loss[i] = loss ?? Number.NaN;
    scores.probability[i] = 0.5;
    scores.predicted[i] = predicted;
    scores.suggestedClasses[i] = 2;
    scores.suggestedProbabilities[i] = 0.25;
  }
  return insertRun(
    db,
    {
      at: 1,
      version: labelsVersion(db),
      seed: 1,
      backbone: 'tiny',
      engine: 'CPU',
      recipe: {},
      timings: { scan: 1, features: 2, head: 0.5, decodeWait: 9 },
      images: images.length,
      meanLoss: 0.5,
      accuracy: 0.5,
    },
    scores,
  );
}

test('runs are compared on original, corrected and confirmed labels, each apart', async () => {
  const db = openStore(temporaryFolder());
  const { images, rose, tulip } = insertRoses(db, 10);
  // Eight of ten are said to be tulips later; of these one is relabelled so, and one is confirmed as a rose.
  const before = run(db, images, (i) => ({ loss: i, predicted: rose }));
  const after = run(db, images, (i) => ({ loss: i, predicted: i < 8 ? tulip : rose }));
  decideOn(db, images.slice(0, 1), { verdict: 'relabel', label: [tulip] });
  decideOn(db, images.slice(1, 2), { verdict: 'keep' });
  decideOn(db, images.slice(9), { verdict: 'exclude' });
  const { accuracy, compared, moved, furthest } = compareRuns(db, before, after);
  expect(accuracy).toMatchObject([
    { on: 'original', images: 9, before: 1, after: 1 / 9 },
    { on: 'corrected', images: 9, before: 8 / 9, after: 2 / 9 },
    { on: 'confirmed', images: 2, before: 0.5, after: 0.5 },
  ]);
  expect([compared, moved, furthest]).toEqual([9, 0, []]);
});

test('images that moved in the ranking are listed, the furthest first', () => {
  const db = openStore(temporaryFolder());
  const { images, rose } = insertRoses(db, 200);
  const before = run(db, images, (i) => ({ loss: 200 - i, predicted: rose }));
  // The first goes to the end, and all others move up by one: that is less than one in a hundred.
  const after = run(db, images, (i) => ({ loss: i === 0 ? 0.5 : 200 - i, predicted: rose }));
  const { moved, furthest } = compareRuns(db, before, after);
  expect(moved).toBe(1);
  expect(furthest).toHaveLength(50);
  expect(furthest[0]).toEqual({ id: images[0], path: 'rose/0.png', from: 1, to: 200 });
});

test('the ranks of two runs are those of the list: excluded images have none', () => {
  const db = openStore(temporaryFolder());
  const { images, rose } = insertRoses(db, 6);
  const before = run(db, images, (i) => ({ loss: 6 - i, predicted: rose }));
  const after = run(db, images, (i) => ({ loss: i === 4 ? 0.5 : i === 5 ? 0.75 : 6 - i, predicted: rose }));
  decideOn(db, images.slice(0, 2), { verdict: 'exclude' });
  const listed = (id: RunId) => rankedImages(DataSet.read(db), readScores(db, id)).map(({ path }) => path);
  expect(listed(before).slice(2)).toEqual(['rose/4.png', 'rose/5.png']);
  expect(listed(after).slice(2)).toEqual(['rose/5.png', 'rose/4.png']);
  expect(compareRuns(db, before, after)).toMatchObject({
    compared: 4,
    furthest: [
      { path: 'rose/4.png', from: 3, to: 4 },
      { path: 'rose/5.png', from: 4, to: 3 },
    ],
  });
});

test('only images that both runs scored are compared, and a run that is not there is said', async () => {
  const db = openStore(temporaryFolder());
  const { images, rose } = insertRoses(db, 6);
  const before = run(db, images.slice(0, 4), () => ({ loss: 1, predicted: rose }));
  const after = run(db, images.slice(2), () => ({ loss: 1, predicted: rose }));
  expect(compareRuns(db, before, after)).toMatchObject({
    compared: 2,
    accuracy: [{ images: 2 }, { images: 2 }, {}],
  });
  const { code, message } = await failureOf(() => compareRuns(db, before, 9 as RunId));
  expect(code).toBe('not-found');
  expect(message).toContain(`${before}, ${after}`);
});

test('a run is stale once a label has changed, and tells how long it took', () => {
  const db = openStore(temporaryFolder());
  const { images, rose } = insertRoses(db, 3);
  run(db, images, () => ({ loss: 1, predicted: rose }));
  expect(listRuns(db)).toMatchObject([{ stale: false, seconds: 3.5 }]);
  decideOn(db, images, { verdict: 'exclude' });
  expect(listRuns(db)).toMatchObject([{ stale: true }]);
});

test('the ranking is every labelled image that is not excluded, worst first, and equal losses by path', () => {
  const db = openStore(temporaryFolder());
  const { images, rose, tulip } = insertRoses(db, 12);
  const id = run(db, images, (i) => ({ loss: i === 3 ? null : i < 6 ? 2 : i, predicted: rose }));
  decideOn(db, images.slice(11), { verdict: 'exclude' });
  decideOn(db, images.slice(10, 11), { verdict: 'keep' });
  const ranked = rankedImages(DataSet.read(db), readScores(db, id));
  expect(ranked.map(({ path }) => Number(path.match(/\d+/)?.[0]))).toEqual([10, 9, 8, 7, 6, 0, 1, 2, 4, 5]);
  expect(ranked[0]).toMatchObject({
    path: 'rose/10.png',
    label: [rose],
    predicted: rose,
    loss: 10,
    probability: 0.5,
    suggestions: [{ class: tulip, probability: 0.25 }],
    verdict: 'keep',
  });
});

test('a ranking is read back from its run', () => {
  const db = openStore(temporaryFolder());
  const { images, tulip } = insertRoses(db, 5);
  const id = run(db, images, (i) => ({ loss: i === 2 ? null : i / 8, predicted: tulip }));
  const ranking = createRanking(readScores(db, id), 1);
  const scores = images.map((image) => scoreOf(ranking, image));
  expect(scores.map((score) => score?.loss)).toEqual([0, 0.125, null, 0.375, 0.5]);
  expect(scores[4]).toEqual({
    loss: 0.5,
    probability: 0.5,
    predicted: tulip,
    suggestions: [{ class: tulip, probability: 0.25 }],
  });
  expect(scoreOf(ranking, 99 as ImageId)).toBeNull();
});
