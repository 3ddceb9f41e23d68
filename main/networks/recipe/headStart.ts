// Where a pretrained network begins: with the linear head that fits its features best, the instant ranking's. From a
// head at random the first steps would spoil the body that they go through (Kumar et al. 2022, arXiv 2202.10054,
// "linear probing then fine-tuning").
import { scoringBatches, type BatchSource } from '../batches/batches.ts';
import { tf } from '../engine/tf.ts';
import { fitLinearMap } from '../../head/linear.ts';
import type { FeatureSource } from '../../head/source.ts';
import { setLinearHead } from '../network/head.ts';
import type { Network } from '../network/network.ts';
import type { Work } from '../../work/work.ts';
import { createGemm } from '../../math/gemm.ts';
import { createRandom, seedFrom, shuffled } from '../../math/random.ts';

/** Of so many images at most the features are kept: enough for a head, and it bounds the memory. */
const most = 10_000;
/** Rows that are widened to double precision together. */
const blockRows = 256;

/** Fits the head of a network whose body is as it was loaded, to some of the images. */
export type StartHead = (network: Network, images: readonly number[]) => Promise<void>;

export interface HeadStartOptions {
  readonly source: BatchSource;
  /** All images that any head will be fitted to. */
  readonly taught: readonly number[];
  readonly seed: number;
  readonly work: Work;
}

/**
 * The body's features are computed once, when the first head is fitted. Of one class alone nothing can be told from
 * anything: then the head stays as it is.
 * @returns what throws the signal's reason when it is aborted.
 */
export function createHeadStart(options: HeadStartOptions): StartHead {
  const { source, taught, seed, work } = options;
  const sample = shuffled(taught, createRandom(seedFrom(seed, taught.length)))
    .slice(0, most)
    .toSorted((a, b) => a - b);
  let features: Features | null = null;
  return async (network, images) => {
    features ??= await embedAll(network, sample, options);
    const chosen = new Set(images);
    const rows = sample.flatMap((image, row) => (chosen.has(image) ? [row] : []));
    const labels = rows.map((row) => ({ classes: source.labels[sample[row] ?? -1] ?? [], included: true }));
    if (new Set(labels.flatMap(({ classes }) => classes)).size < 2) return;

    const gemm = await createGemm();
    try {
      const { multiLabel, classes } = source;
      const map = await fitLinearMap(
        gemm,
        rowsOf(features, rows),
        { multiLabel, classes, rows: labels, copies: [] },
        { seed, signal: work.signal },
      );
      setLinearHead(network.weights, map);
    } finally {
      await gemm.release();
    }
  };
}

interface Features {
  readonly columns: number;
  /** A row an image. */
  readonly data: Float32Array;
}

/** Means over the image and its mirror image, as images are scored. */
async function embedAll(
  network: Network,
  images: readonly number[],
  { source, work }: HeadStartOptions,
): Promise<Features> {
  let features: Features = { columns: 0, data: new Float32Array(0) };
  let done = 0;
  for await (const batch of scoringBatches(source, images)) {
    const mean = tf.tidy(() => {
      const mirrored = tf.reverse(batch.images, 2);
      return tf.div<tf.Tensor2D>(tf.add(network.embed(batch.images), network.embed(mirrored)), 2);
    });
    const values = await mean.data();
    const columns = mean.shape[1];
    tf.dispose([mean, batch.images]);
    if (done === 0) features = { columns, data: new Float32Array(images.length * columns) };
    features.data.set(values, done * columns);
    done += batch.indices.length;
    work.progress('features', done, images.length);
  }
  return features;
}

function rowsOf({ columns, data }: Features, rows: readonly number[]): FeatureSource {
  return {
    rows: rows.length,
    columns,
    *blocks(from = 0) {
      for (let start = from; start < rows.length; start += blockRows) {
        const block = rows.slice(start, start + blockRows);
        const values = new Float32Array(block.length * columns);
        block.forEach((row, i) => values.set(data.subarray(row * columns, (row + 1) * columns), i * columns));
        yield { start, rows: block.length, data: values };
      }
    },
  };
}
