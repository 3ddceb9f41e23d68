import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { findingKinds, type FindingKind, type Findings } from '../../shared/findings.ts';
import { emptyScores } from '../../shared/scores.ts';
import { DataSet } from '../dataset/dataset.ts';
import { storeFacts } from '../store/images.ts';
import { openStore } from '../store/open.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import { checkOf, checks } from './index.ts';

/** So many roses of 500 × 400 px, each of bytes of its own, but for what is said of some. */
function garden(
  count: number,
  facts: Record<number, { copyOf?: number; width?: number; height?: number }> = {},
) {
  const db = openStore(temporaryFolder());
  const rows = insertRoses(db, count);
  const hashes = rows.images.map(() => randomBytes(32));
  storeFacts(
    db,
    rows.images.map((id, place) => {
      const { copyOf = place, width = 500, height = 400 } = facts[place] ?? {};
      return { id, hash: hashes[copyOf] ?? null, width, height, reason: null };
    }),
  );
  const run = (kind: FindingKind, scores = null): Findings =>
    checkOf(kind).run({ dataSet: DataSet.read(db), scores });
  return { db, ...rows, run };
}

const found = ({ images, group }: Findings) => [...images].map((image, row) => [image, group[row]]);

test('there is a check for each kind of finding, and each names its own', () => {
  const { db } = garden(3);
  expect(checks.map(({ kind }) => kind)).toEqual(findingKinds);
  for (const check of checks)
    expect(check.run({ dataSet: DataSet.read(db), scores: null }).kind).toBe(check.kind);
});

test('copies are one group, and those with different labels come first', () => {
  const { db, images, tulip, run } = garden(8, { 3: { copyOf: 2 }, 6: { copyOf: 5 }, 7: { copyOf: 5 } });
  expect(found(run('exact-copy'))).toEqual([
    [images[5], 0],
    [images[6], 0],
    [images[7], 0],
    [images[2], 1],
    [images[3], 1],
  ]);
  decideOn(db, [images[3] ?? (0 as never)], { verdict: 'relabel', label: [tulip] });
  const { evidence, ...after } = run('exact-copy');
  expect(found({ evidence, ...after }).slice(0, 2)).toEqual([
    [images[2], 0],
    [images[3], 0],
  ]);
  expect(evidence[0]).toBe('same bytes as another, labels differ: rose, tulip');
  expect(evidence[2]).toBe('same bytes as 2 others, all rose');
});

test('an excluded copy is a copy no more', () => {
  const { db, images, run } = garden(4, { 1: { copyOf: 0 } });
  expect(run('exact-copy').images).toHaveLength(2);
  decideOn(db, [images[1] ?? (0 as never)], { verdict: 'exclude' });
  expect(run('exact-copy').images).toHaveLength(0);
});

test('tiny images and long ones are odd, where the others of the set are not so', () => {
  const { images, run } = garden(30, { 4: { width: 20, height: 25 }, 9: { width: 2000, height: 300 } });
  const odd = run('odd-size');
  expect([...odd.images]).toEqual([images[4], images[9]]);
  // The shorter sides have a median of 400 px; 2,000 is 6.7 times 300.
  expect(odd.score[0]).toBeCloseTo(20);
  expect(odd.score[1]).toBeCloseTo(6.667, 3);
  expect(odd.evidence).toEqual([
    '20 × 25 px, half of the set have 400 px or more',
    '2000 × 300 px, 6.7 times as long as wide',
  ]);
});

test('a set of small pictures is not odd as a whole, nor are a few pictures', () => {
  const small = Object.fromEntries(
    Array.from({ length: 30 }, (_, place) => [place, { width: 28, height: 28 }]),
  );
  expect(garden(30, small).run('odd-size').images).toHaveLength(0);
  expect(garden(10, { 4: { width: 20, height: 25 } }).run('odd-size').images).toHaveLength(0);
});

test('a label error is an image that would rather be of another class and that nobody has looked at, worst first', () => {
  const { db, images, rose, tulip } = garden(5);
  const scores = emptyScores(5, 1);
  scores.images.set(images);
  scores.loss.set([0.1, 2, 3, 4, 0.2]);
  scores.predicted.set([rose, tulip, tulip, tulip, rose]);
  scores.suggestedClasses.fill(tulip);
  scores.suggestedProbabilities.set([0.1, 0.8, 0.9, 0.95, 0.2]);
  decideOn(db, [images[3] ?? (0 as never)], { verdict: 'keep' });
  const errors = checkOf('label-error').run({ dataSet: DataSet.read(db), scores });
  expect([...errors.images]).toEqual([images[2], images[1]]);
  expect([...errors.score]).toEqual([3, 2]);
  expect(errors.evidence[0]).toBe('labelled rose, looks like tulip, 90 %');
});
