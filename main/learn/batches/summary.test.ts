import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { drawFlowers, put } from '../../testing/images.ts';
import { tf } from '../engine/tf.ts';
import { summarise, type Step } from './summary.ts';

async function stepsOf(damaged: boolean): Promise<Step[]> {
  const root = join(temporaryFolder(), 'flowers');
  const paths = await drawFlowers(root, 2);
  if (damaged) put(root, 'tulip/1.png', readFileSync(join(root, 'tulip/0.png')).subarray(0, 300));
  const images = paths.map((path) => ({ path, hash: null, label: 'flower' }));
  const steps: Step[] = [];
  const request = { root, cacheFolder: root, images, side: 16, count: 6, seed: 1, epoch: 0 };
  for await (const step of summarise(request)) steps.push(step);
  return steps;
}

test('every step says what it gave, with shapes and ranges, and no tensor is left', async () => {
  const steps = await stepsOf(false);
  expect(steps.map(({ step }) => step)).toEqual([
    'read',
    'decode and orient',
    'presize',
    'label',
    'collate',
    'augment',
  ]);
  expect(steps[1]?.gave).toBe('16 × 16, sRGB');
  expect(steps[2]?.gave).toMatch(/^uint8 \[16, 16, 3\], \d+ to \d+$/);
  expect(steps[5]?.gave).toMatch(/^float32 \[6, 16, 16, 3\], \d+ to \d+$/);
  expect(tf.memory().numTensors).toBe(0);
});

test('a damaged file is named with the step that it fails at, and nothing comes after it', async () => {
  const last = (await stepsOf(true)).at(-1);
  expect(last).toMatchObject({ path: 'tulip/1.png', gave: null });
  expect(last?.problem).toMatch(/^damaged: /);
});
