import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { forEachParallel } from './parallel.ts';

test('runs no more tasks at once than allowed, in the order of the items', async () => {
  let running = 0;
  let most = 0;
  const started: number[] = [];
  await forEachParallel([3, 1, 2, 5, 4], 2, async (item) => {
    started.push(item);
    running += 1;
    most = Math.max(most, running);
    await setTimeout(item);
    running -= 1;
  });
  expect(started).toEqual([3, 1, 2, 5, 4]);
  expect(most).toBe(2);
});

test('starts nothing after a failure, and rejects once nothing runs any more', async () => {
  const finished: number[] = [];
  const work = forEachParallel([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error('broken');
    await setTimeout(20);
    finished.push(item);
  });
  await expect(work).rejects.toThrow('broken');
  expect(finished).toEqual([2]);
});
