// Batches of equal shape for a network: to train on (shuffled and augmented) and to score (in order and plain). The
// squares of the next batch are read from disk while the engine computes on the one before.
import { createRandom, seedFrom, shuffled } from '../../math/random.ts';
import { tf } from '../engine/tf.ts';
import { augment } from './augment.ts';
import {
  drawAugmentation,
  limitsFor,
  plain,
  type Augmentation,
  type AugmentationLimits,
} from './augmentation.ts';
import type { PresizedImages } from './presize.ts';

export interface Batch {
  /** n × side × side × 3, from 0 to 255. Whoever takes the batch disposes of them. */
  readonly images: tf.Tensor4D;
  /** One class an image (-1: no label), or with several labels an image n × classes ones and zeros. */
  readonly labels: Int32Array | Float32Array;
  /** Which images these are, by their place in the data set. */
  readonly indices: Int32Array;
}

export interface BatchSource {
  readonly pixels: PresizedImages;
  /** Indices of the classes of every image of the data set, by its place. */
  readonly labels: readonly (readonly number[])[];
  readonly classes: number;
  readonly multiLabel: boolean;
  /** Of the network's input, in pixels. */
  readonly side: number;
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

export interface EpochOptions {
  readonly seed: number;
  /** From 0: each has another order and other augmentations, the same every time. */
  readonly epoch: number;
  /** By default what is for images of that side; null: each image as it is scored. */
  readonly augmentation?: AugmentationLimits | null;
}

/** How many batches an epoch of training has: what is left after the last full one waits for another epoch. */
export function batchesPerEpoch(images: number, batchSize: number): number {
  return images === 0 ? 0 : Math.max(1, Math.floor(images / batchSize));
}

/**
 * One epoch of training on some images, in random order.
 * @param images by their place in the data set; only usable ones.
 * @throws the signal's reason when it is aborted; Failure `not-found` where a file has gone.
 */
export async function* trainingBatches(
  source: BatchSource,
  images: readonly number[],
  { seed, epoch, augmentation = limitsFor(source.side) }: EpochOptions,
): AsyncGenerator<Batch> {
  const order = shuffled(images, createRandom(seedFrom(seed, epoch)));
  const full = batchesPerEpoch(images.length, source.batchSize) * source.batchSize;
  yield* readAhead(source, order.slice(0, full), (image) =>
    augmentation ? drawAugmentation(augmentation, seed, epoch, image) : plain,
  );
}

/** Some images in their order, the last batch with what is left. Otherwise as `trainingBatches`. */
export async function* scoringBatches(source: BatchSource, images: readonly number[]): AsyncGenerator<Batch> {
  yield* readAhead(source, images, () => plain);
}

async function* readAhead(
  source: BatchSource,
  order: readonly number[],
  augmentationOf: (image: number) => Augmentation,
): AsyncGenerator<Batch> {
  const { batchSize, signal } = source;
  const start = (from: number) => {
    const indices = order.slice(from, from + batchSize);
    const squares = readSquares(source.pixels, indices);
    // Who leaves the loop does not wait for the batch that was read ahead.
    squares.catch(() => {});
    return { indices, squares };
  };
  let next = start(0);
  for (let from = 0; from < order.length; from += batchSize) {
    signal.throwIfAborted();
    const { indices, squares } = next;
    next = start(from + batchSize);
    const bytes = await squares;
    signal.throwIfAborted();
    yield {
      images: toTensor(bytes, indices.map(augmentationOf), source),
      labels: labelsOf(source, indices),
      indices: Int32Array.from(indices),
    };
  }
}

async function readSquares(pixels: PresizedImages, images: readonly number[]): Promise<Uint8Array> {
  const squares = new Uint8Array(images.length * pixels.bytes);
  await Promise.all(
    images.map((image, i) => pixels.read(image, squares.subarray(i * pixels.bytes, (i + 1) * pixels.bytes))),
  );
  return squares;
}

function toTensor(
  bytes: Uint8Array,
  augmentations: readonly Augmentation[],
  { pixels, side }: BatchSource,
): tf.Tensor4D {
  return tf.tidy(() => {
    const shape: [number, number, number, number] = [augmentations.length, pixels.side, pixels.side, 3];
    return augment(tf.tensor4d(Float32Array.from(bytes), shape), augmentations, side);
  });
}

function labelsOf({ labels, classes, multiLabel }: BatchSource, images: readonly number[]): Batch['labels'] {
  if (!multiLabel) return Int32Array.from(images, (image) => labels[image]?.[0] ?? -1);
  const ones = new Float32Array(images.length * classes);
  images.forEach((image, i) => {
    for (const label of labels[image] ?? []) ones[i * classes + label] = 1;
  });
  return ones;
}
