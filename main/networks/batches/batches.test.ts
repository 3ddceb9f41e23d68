import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { drawFlowers, imageSide, put } from '../../testing/images.ts';
import { loadCpu, tf } from '../engine/tf.ts';
import type { FilesFound, Finding } from '../../features/extraction/images.ts';
import { defaultLimits } from './augmentation.ts';
import { batchesPerEpoch, scoringBatches, trainingBatches, type Batch, type BatchSource } from './batches.ts';
import { presize, presizeSide, type PresizedImages } from './presize.ts';
import { unfollowed } from '../../work/work.ts';

beforeAll(async () => {
  await loadCpu();
  await tf.setBackend('cpu');
});

interface Presized {
  readonly pixels: PresizedImages;
  readonly findings: readonly Finding[];
  readonly paths: readonly string[];
}

async function presizeFolder(
  root: string,
  paths: readonly string[],
  side = imageSide,
  signal = new AbortController().signal,
): Promise<Presized> {
  const findings: Finding[] = [];
  const pixels = await presize(
    paths.map((path) => ({ path, hash: null })),
    {
      root,
      cacheFolder: join(root, '..', 'cache'),
      side,
      work: { ...unfollowed(signal), found: (found) => findings.push(...found.findings) },
    },
  );
  onTestFinished(() => pixels.close());
  return { pixels, findings, paths };
}

async function garden(perClass = 4): Promise<Presized & { readonly root: string }> {
  const root = join(temporaryFolder(), 'flowers');
  const paths = await drawFlowers(root, perClass);
  return { root, ...(await presizeFolder(root, paths)) };
}

const flowerOf = (path: string) => ['rose', 'tulip', 'violet'].indexOf(path.split('/')[0] ?? '');

function sourceOf({ pixels, paths }: Presized, options: Partial<BatchSource> = {}): BatchSource {
  return {
    pixels,
    labels: paths.map((path) => [flowerOf(path)]),
    classes: 3,
    multiLabel: false,
    side: pixels.side,
    batchSize: 5,
    signal: new AbortController().signal,
    ...options,
  };
}

interface Plain {
  readonly indices: number[];
  readonly labels: number[];
  readonly shape: number[];
  readonly values: number[];
}

async function collect(batches: AsyncIterable<Batch>): Promise<Plain[]> {
  const plain: Plain[] = [];
  for await (const { images, labels, indices } of batches) {
    const { shape } = images;
    plain.push({ indices: [...indices], labels: [...labels], shape, values: [...(await images.data())] });
    images.dispose();
  }
  return plain;
}

/** The pixels of a file as sharp reads them. */
async function pixelsOf(file: string): Promise<number[]> {
  return [...(await sharp(readFileSync(file)).removeAlpha().raw().toBuffer())];
}

test('the presized side is 1.3 times the input, but no more than the images have', () => {
  for (const [target, imageSize, side] of [
    [224, 500, 291],
    [224, 256, 256],
    [224, 100, 224],
    [32, 32, 32],
    [64, 1000, 83],
  ] as const) {
    expect(presizeSide(target, imageSize)).toBe(side);
  }
});

test('scoring gives every image in order with its own pixels, and the rest as a smaller batch', async () => {
  const flowers = await garden();
  const batches = await collect(scoringBatches(sourceOf(flowers), flowers.pixels.usable));
  expect(batches.map(({ shape }) => shape)).toEqual([
    [5, 16, 16, 3],
    [5, 16, 16, 3],
    [2, 16, 16, 3],
  ]);
  expect(batches.flatMap(({ indices }) => indices)).toEqual(flowers.paths.map((_, i) => i));
  expect(batches.flatMap(({ labels }) => labels)).toEqual(flowers.paths.map(flowerOf));
  const expected = await Promise.all(flowers.paths.map((path) => pixelsOf(join(flowers.root, path))));
  expect(batches.flatMap(({ values }) => values)).toEqual(expected.flat());
});

test('an epoch of training is a shuffle of its own, repeated by its seed, without a smaller batch', async () => {
  const flowers = await garden();
  const orderOf = async (seed: number, epoch: number) => {
    const batches = await collect(
      trainingBatches(sourceOf(flowers), flowers.pixels.usable, { seed, epoch, augmentation: null }),
    );
    expect(batches.map(({ indices }) => indices.length)).toEqual([5, 5]);
    for (const { indices, labels } of batches) {
      expect(labels).toEqual(indices.map((image) => flowerOf(flowers.paths[image] ?? '')));
    }
    return batches.flatMap(({ indices }) => indices);
  };
  const first = await orderOf(1, 0);
  expect(new Set(first).size).toBe(10);
  expect(await orderOf(1, 0)).toEqual(first);
  expect(await orderOf(1, 1)).not.toEqual(first);
  expect(await orderOf(2, 0)).not.toEqual(first);
  expect([batchesPerEpoch(12, 5), batchesPerEpoch(3, 5), batchesPerEpoch(0, 5)]).toEqual([2, 1, 0]);
});

test('several labels an image become ones in a row of zeros', async () => {
  const flowers = await garden(1);
  const source = sourceOf(flowers, { multiLabel: true, labels: [[0, 2], [], [1]], batchSize: 3 });
  const [batch] = await collect(scoringBatches(source, [0, 1, 2]));
  expect(batch?.labels).toEqual([1, 0, 1, 0, 0, 0, 0, 1, 0]);
});

test('damaged files are named with their reason and left out', async () => {
  const root = join(temporaryFolder(), 'flowers');
  const paths = await drawFlowers(root, 1);
  put(root, 'rose/damaged.png', readFileSync(join(root, 'rose/0.png')).subarray(0, 300));
  const all = ['rose/damaged.png', ...paths, 'rose/gone.png'];
  const { pixels, findings } = await presizeFolder(root, all);
  expect(pixels.usable).toEqual([1, 2, 3]);
  const reasons = new Map(findings.map(({ image, reason }) => [all[image], reason]));
  expect(reasons.get('rose/damaged.png')).toMatch(/^damaged: /);
  expect(reasons.get('rose/gone.png')).toBe('there is no such file');
  expect(reasons.get('rose/0.png')).toBeNull();
});

test('what is presized once is not read again, also after a cancellation', async () => {
  const { root, paths, findings } = await garden();
  const hashes = findings.toSorted((a, b) => a.image - b.image).map(({ hash }) => hash);
  const again: Finding[] = [];
  const controller = new AbortController();
  const options = {
    root,
    cacheFolder: join(root, '..', 'cache'),
    side: imageSide,
    work: {
      ...unfollowed(controller.signal),
      found: (found: FilesFound) => again.push(...found.findings),
    },
  };
  const images = paths.map((path, i) => ({ path, hash: hashes[i] ?? null }));
  await (await presize(images, options)).close();
  expect(again).toEqual([]);

  controller.abort(new Error('enough'));
  const other = { ...options, side: 8 };
  await expect(presize(images, other)).rejects.toThrow('enough');
});

test(
  'pixels that were damaged on disk are decoded anew, and a file that has gone is named',
  { tags: 'damaged-cache' },
  async () => {
    const flowers = await garden();
    const file = join(flowers.root, '..', 'cache', 'pixels', `${imageSide}.u8`);
    writeFileSync(file, readFileSync(file).fill(0, 0, 100));
    const [batch] = await collect(
      scoringBatches(sourceOf(flowers, { batchSize: 12 }), flowers.pixels.usable),
    );
    const expected = await Promise.all(flowers.paths.map((path) => pixelsOf(join(flowers.root, path))));
    expect(batch?.values).toEqual(expected.flat());

    writeFileSync(file, readFileSync(file).fill(0));
    rmSync(join(flowers.root, 'tulip/2.png'));
    await expect(collect(scoringBatches(sourceOf(flowers), flowers.pixels.usable))).rejects.toThrow(
      /tulip\/2\.png can't be read any more/,
    );
  },
);

test('a cancelled epoch ends, and no tensor is left', async () => {
  const flowers = await garden();
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  const source = sourceOf(flowers, { signal: controller.signal });
  const seen: number[] = [];
  const consume = async () => {
    for await (const { images, indices } of trainingBatches(source, flowers.pixels.usable, {
      seed: 1,
      epoch: 0,
      augmentation: defaultLimits,
    })) {
      images.dispose();
      seen.push(indices.length);
      controller.abort(new Error('enough'));
    }
  };
  await expect(consume()).rejects.toThrow('enough');
  expect(seen).toEqual([5]);
  expect(tf.memory().numTensors).toBe(before);
});
