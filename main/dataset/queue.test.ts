import { expect, test } from 'vitest';
import type { QueueQuery } from '../../shared/contract.ts';
import type { ClassId, ImageId, Verdict } from '../../shared/domain.ts';
import { createRandom } from '../math/random.ts';
import { everyImage as all } from '../../shared/query.ts';
import { Queue, type QueueItem } from './queue.ts';

type Item = { -readonly [K in keyof QueueItem]: QueueItem[K] };

const rose = 1 as ClassId;
const tulip = 2 as ClassId;
const nameOf = (id: ClassId) => (id === rose ? 'rose' : 'tulip');

let lastId = 0;
function image(path: string, facts: Partial<Item> = {}): Item {
  return {
    id: ++lastId as ImageId,
    path,
    split: null,
    label: [rose],
    verdict: null,
    decidedAt: null,
    loss: 1,
    predicted: rose,
    confidence: 0,
    ...facts,
  };
}

const paths = (items: readonly QueueItem[]) => items.map(({ path }) => path);

test('the highest loss comes first, then images without a label by the certainty of the model, then by path', () => {
  const items = [
    image('e', { loss: null, label: [], confidence: 0.4 }),
    image('d', { loss: 0 }),
    image('c', { loss: 2 }),
    image('b', { loss: 2 }),
    image('a', { loss: null, label: [], confidence: 0.9 }),
    image('z', { loss: null, predicted: null }),
    image('g', { loss: 2.5 }),
  ];
  expect(paths(new Queue(items, nameOf).select(all))).toEqual(['g', 'b', 'c', 'd', 'a', 'e', 'z']);
});

test('sorts by class, by file, and by the time of the verdict, newest first', () => {
  const items = [
    image('a', { label: [tulip], loss: 3 }),
    image('b', { loss: 1, decidedAt: 10, verdict: 'keep' }),
    image('c', { loss: 2, decidedAt: 20, verdict: 'keep' }),
  ];
  const queue = new Queue(items, nameOf);
  expect(paths(queue.select({ ...all, sort: 'class' }))).toEqual(['c', 'b', 'a']);
  expect(paths(queue.select({ ...all, sort: 'file' }))).toEqual(['a', 'b', 'c']);
  expect(paths(queue.select({ ...all, sort: 'verdict' }))).toEqual(['c', 'b', 'a']);
});

test('a range of losses has both its ends, and no image without a loss', () => {
  const items = [0.5, 1, 1.5, 2, null].map((loss, i) => image(`${i}`, { loss }));
  const queue = new Queue(items, nameOf);
  expect(paths(queue.select({ ...all, lossFrom: 1, lossTo: 1.5 }))).toEqual(['2', '1']);
  expect(paths(queue.select({ ...all, lossFrom: 1.5 }))).toEqual(['3', '2']);
  expect(paths(queue.select({ ...all, lossTo: 0.5 }))).toEqual(['0']);
});

test('filters combine', () => {
  const items = [
    image('1', { predicted: tulip, split: 'train' }),
    image('2', { predicted: tulip, split: 'valid' }),
    image('3', { predicted: tulip, split: 'train' }),
    image('4', { predicted: rose, split: 'train' }),
  ];
  const copies = new Set(items.filter(({ path }) => path !== '3').map(({ id }) => id));
  const queue = new Queue(items, nameOf, (kind) => (kind === 'exact-copy' ? copies : new Set()));
  expect(paths(queue.select({ ...all, finding: 'exact-copy' }))).toEqual(['1', '2', '4']);
  expect(paths(queue.select({ ...all, finding: 'exact-copy', predicted: tulip, splits: ['train'] }))).toEqual(
    ['1'],
  );
});

const queries: readonly QueueQuery[] = (['loss', 'class', 'file', 'verdict'] as const).flatMap((sort) => [
  { ...all, sort },
  { ...all, sort, verdicts: ['none'] },
  { ...all, sort, classes: [tulip], verdicts: ['none', 'relabel'] },
]);

/** Many images with few different losses, so that places are often decided by the path. */
function many(random: () => number): Item[] {
  return Array.from({ length: 300 }, (_, i) =>
    image(`${String(i).padStart(3, '0')}`, {
      loss: random() < 0.1 ? null : Math.floor(random() * 20) / 4,
      confidence: Math.floor(random() * 5) / 5,
      label: [random() < 0.5 ? rose : tulip],
    }),
  );
}

test('pages of any size have each image once, in the order of the whole', () => {
  const queue = new Queue(many(createRandom(1)), nameOf);
  for (const query of queries) {
    for (const count of [1, 7, 300]) {
      const read: QueueItem[] = [];
      for (;;) {
        const page = queue.page(query, (read.at(-1) as Item | undefined) ?? null, count);
        if (page.length === 0) break;
        read.push(...page);
      }
      expect(paths(read)).toEqual(paths(queue.select(query)));
    }
  }
});

test('a page goes on from the place of an image that has left the selection', () => {
  const items = [3, 2, 1].map((loss) => image(`${loss}`, { loss }));
  const queue = new Queue(items, nameOf);
  const query: QueueQuery = { ...all, verdicts: ['none'] };
  const [, middle] = queue.select(query);
  if (!middle) throw new Error('there are three');
  queue.remove(middle);
  middle.verdict = 'keep';
  queue.add(middle);
  expect(paths(queue.page(query, middle, 5))).toEqual(['1']);
});

test('selections that follow a thousand verdicts are those that are made anew', () => {
  const random = createRandom(2);
  const items = many(random);
  const queue = new Queue(items, nameOf);
  const verdicts: readonly (Verdict | null)[] = [null, 'relabel', 'keep', 'exclude', 'unsure'];
  for (let time = 1; time <= 1000; time++) {
    for (const query of queries) queue.select(query);
    const item = items[Math.floor(random() * items.length)];
    if (!item) continue;
    queue.remove(item);
    item.verdict = verdicts[Math.floor(random() * verdicts.length)] ?? null;
    item.decidedAt = item.verdict === null ? null : time;
    if (item.verdict === 'relabel') item.label = [random() < 0.5 ? rose : tulip];
    queue.add(item);
    if (time % 50 > 0) continue;
    const anew = new Queue(items, nameOf);
    for (const query of queries) expect(paths(queue.select(query))).toEqual(paths(anew.select(query)));
  }
});
