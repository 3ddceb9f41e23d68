// A network of a few weights, and images that it can learn in no time: for the tests of the recipe.
import type { Batch } from './batches/batches.ts';
import { tf } from './engine/tf.ts';
import type { Lesson, Trainable } from './recipe/loop.ts';
import { createRandom, seedFrom, shuffled } from '../math/random.ts';

const side = 4;
const classes = 3;
const features = 8;

/**
 * Mean colours (and, where it sees sides, those of the left half), a hidden layer with a scale in place of batch norm,
 * dropout, and a head. The same each time.
 */
export function makeNetwork({ seesSides = false } = {}): Trainable {
  const random = createRandom(5);
  const draw = (rows: number, columns: number) =>
    tf.variable(
      tf.tensor2d(
        Array.from({ length: rows * columns }, () => random() - 0.5),
        [rows, columns],
      ),
    );
  const kernel = draw(3, features);
  const gamma = tf.variable(tf.ones([features]));
  const headKernel = draw(features, classes);
  const headBias = tf.variable(tf.zeros([classes]));
  return {
    classes,
    groups: [
      [kernel, gamma],
      [headKernel, headBias],
    ],
    batchNorm: new Set([gamma]),
    weights: new Map([
      ['body/kernel', kernel],
      ['body/gamma', gamma],
      ['head/kernel', headKernel],
      ['head/bias', headBias],
    ]),
    apply: (images, training) =>
      tf.tidy(() => {
        const seen = seesSides ? tf.slice(images, [0, 0, 0, 0], [-1, -1, side / 2, -1]) : images;
        const colours: tf.Tensor2D = tf.div(tf.sub(tf.mean(seen, [1, 2]), 128), 64);
        const hidden: tf.Tensor2D = tf.mul(tf.tanh(tf.matMul(colours, kernel)), gamma);
        const dropped =
          training && Array.from({ length: hidden.size }, () => (training() < 0.1 ? 0 : 1 / 0.9));
        const kept: tf.Tensor2D = dropped ? tf.mul(hidden, tf.tensor(dropped, hidden.shape)) : hidden;
        return tf.add(tf.matMul(kept, headKernel), headBias);
      }),
  };
}

export interface LessonOptions {
  readonly images: number;
  readonly batchSize: number;
  readonly seed?: number;
  readonly multiLabel?: boolean;
  readonly signal?: AbortSignal;
}

/** Images in the colour of their class; validation is on the same images. */
export function makeLesson({
  images,
  batchSize,
  seed = 1,
  multiLabel = false,
  signal,
}: LessonOptions): Lesson {
  const random = createRandom(9);
  const pixels = Array.from({ length: images }, (_, image) =>
    Float32Array.from(
      { length: side * side * 3 },
      (_, i) => (i % 3 === image % classes ? 150 : 60) + 80 * random(),
    ),
  );
  const all = pixels.map((_, image) => image);
  const inBatches = async function* (order: readonly number[]): AsyncGenerator<Batch> {
    for (let from = 0; from < order.length; from += batchSize) {
      const indices = order.slice(from, from + batchSize);
      const values = Float32Array.from(indices.flatMap((image) => [...(pixels[image] ?? [])]));
      yield {
        images: tf.tensor4d(values, [indices.length, side, side, 3]),
        labels: Int32Array.from(indices, (image) => image % classes),
        indices: Int32Array.from(indices),
      };
    }
  };
  return {
    labels: all.map((image) => (multiLabel ? [image % classes, (image + 1) % classes] : [image % classes])),
    multiLabel,
    smoothing: 0,
    seed,
    steps: images / batchSize,
    training: (epoch) => inBatches(shuffled(all, createRandom(seedFrom(seed, epoch)))),
    validation: () => inBatches(all),
    signal: signal ?? new AbortController().signal,
  };
}
