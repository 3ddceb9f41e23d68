import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ClassId, ImageId } from '../../../shared/domain.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { drawFlowers, put } from '../../testing/images.ts';
import { tf } from '../engine/tf.ts';
import { fineTuneDefaults } from '../../../shared/training.ts';
import { unfollowed } from '../../work/work.ts';
import type { SummaryStep } from '../types.ts';
import { summariseBatch } from './summary.ts';

async function stepsOf(damaged: boolean, multiLabel = false): Promise<readonly SummaryStep[]> {
  const root = join(temporaryFolder(), 'flowers');
  const paths = await drawFlowers(root, 2);
  if (damaged) put(root, 'tulip/1.png', readFileSync(join(root, 'tulip/0.png')).subarray(0, 300));
  const classNames = ['daisy', 'rose', 'tulip'];
  const images = paths.map((path, i) => ({
    id: (i + 1) as ImageId,
    path,
    hash: null,
    label: [classNames.findIndex((name) => path.startsWith(name))],
    excluded: false,
  }));
  // An excluded image and one without a label are no part of a training.
  images.push({ id: 99 as ImageId, path: 'gone.png', hash: null, label: [0], excluded: true });
  const options = { ...fineTuneDefaults, network: 'small', side: 16, batchSize: 16 };
  return summariseBatch(
    {
      root,
      cacheFolder: join(root, '../cache'),
      images,
      classes: classNames.map((_, k) => (k + 1) as ClassId),
      classNames,
      multiLabel,
      seed: 1,
      engine: 'wasm',
      weights: 'small',
      options,
    },
    unfollowed(),
  );
}

test('every step up to the loss says what it gave, with shapes and ranges, and no tensor is left', async () => {
  const steps = await stepsOf(false);
  const gave = Object.fromEntries(steps.map(({ step, gave }) => [step, gave]));
  expect(gave).toEqual({
    read: expect.stringMatching(/^\d+ bytes$/),
    'decode and orient': '16 × 16, sRGB',
    presize: expect.stringMatching(/^uint8 \[16, 16, 3\], \d+ to \d+$/),
    label: expect.stringMatching(/^(daisy \(class 0\)|rose \(class 1\)|tulip \(class 2\))$/),
    collate: expect.stringMatching(/^float32 \[6, 16, 16, 3\], \d+ to \d+$/),
    augment: expect.stringMatching(/^float32 \[6, 16, 16, 3\], \d+ to \d+$/),
    normalise: expect.stringMatching(/^float32 \[6, 16, 16, 3\], -\d\.\d\d to \d\.\d\d$/),
    forward: expect.stringMatching(/^small: logits float32 \[6, 3\], -?\d\.\d\d to \d\.\d\d$/),
    loss: expect.stringMatching(/^cross-entropy \d\.\d{3}; that of chance is 1\.099$/),
  });
  expect(tf.memory().numTensors).toBe(0);
});

test('with several labels an image, the loss is that of each class by itself', async () => {
  expect((await stepsOf(false, true)).at(-1)?.gave).toMatch(
    /^binary cross-entropy \d\.\d{3}; that of chance is 0\.693$/,
  );
});

test('a damaged file is named with the step that it fails at, and nothing comes after it', async () => {
  const last = (await stepsOf(true)).at(-1);
  expect(last).toMatchObject({ path: 'tulip/1.png', gave: null });
  expect(last?.problem).toMatch(/^damaged: /);
});
