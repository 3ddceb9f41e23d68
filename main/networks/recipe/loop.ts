// The training loop: fetch, forward, loss, step, measure, yield. A generator of typed progress, whose consumers save
// checkpoints, draw curves and count; cancelling is the signal's. Knows nothing of files, processes or the page, and
// never stops early: a training that went on for too long shows in its curve.
import { setImmediate as turn } from 'node:timers/promises';
import { Failure } from '../../../shared/failure.ts';
import { augment } from '../batches/augment.ts';
import { scoringViews, type Augmentation } from '../batches/augmentation.ts';
import type { Batch } from '../batches/batches.ts';
import { tf } from '../engine/tf.ts';
import type { Network } from '../network/network.ts';
import { createRandom, seedFrom } from '../../math/random.ts';
import { Adam } from './adam.ts';
import { binaryCrossEntropy, crossEntropy, targetsOf } from './losses.ts';
import { ratesAt, type Phase, type StepRates } from './schedule.ts';

export type Trainable = Pick<Network, 'groups' | 'batchNorm' | 'weights' | 'apply' | 'classes'>;

export interface Lesson {
  /** Indices of the classes of each image, by its place in the data set. */
  readonly labels: readonly (readonly number[])[];
  readonly multiLabel: boolean;
  readonly smoothing: number;
  readonly seed: number;
  /** Batches of an epoch. */
  readonly steps: number;
  readonly training: (epoch: number) => AsyncIterable<Batch>;
  /** Images that are not trained on, plain and in order. */
  readonly validation: () => AsyncIterable<Batch>;
  readonly signal: AbortSignal;
}

export type Progress = StepProgress | EpochProgress;

export interface StepProgress {
  readonly kind: 'step';
  /** Over all phases, from 0. */
  readonly epoch: number;
  /** Steps that are done in the epoch. */
  readonly step: number;
  readonly steps: number;
  readonly images: number;
  /** Of the batch. */
  readonly loss: number;
  /** Of the head. */
  readonly learningRate: number;
}

export interface EpochProgress {
  readonly kind: 'epoch';
  readonly epoch: number;
  /** Mean over the epoch's batches, while the network changed. */
  readonly trainLoss: number;
  /** After the epoch; null where no image is held out. */
  readonly validLoss: number | null;
  /** Share of the images whose best class is one of their labels; null as above. */
  readonly accuracy: number | null;
  /** Of the head, at the end. */
  readonly learningRate: number;
  readonly images: number;
  readonly seconds: number;
}

/**
 * Trains through the phases, from an epoch on: then network and optimiser must be as they were before it.
 * @throws the signal's reason when it is aborted; Failure `trainer` where the loss is no number any more.
 */
export async function* fineTune(
  network: Trainable,
  adam: Adam,
  lesson: Lesson,
  phases: readonly Phase[],
  from = 0,
): AsyncGenerator<Progress> {
  let epoch = 0;
  for (const phase of phases) {
    const trainable = trainableIn(network, phase);
    for (let ofPhase = 0; ofPhase < phase.epochs; ofPhase++, epoch++) {
      if (epoch < from) continue;
      if (ofPhase === 0) adam.clear();
      yield* trainEpoch(network, adam, lesson, trainable, epoch, (step) =>
        ratesAt(phase, (ofPhase + step / lesson.steps) / phase.epochs),
      );
    }
  }
}

async function* trainEpoch(
  network: Trainable,
  adam: Adam,
  lesson: Lesson,
  trainable: tf.Variable[],
  epoch: number,
  ratesAtStep: (step: number) => StepRates,
): AsyncGenerator<Progress> {
  const { signal, seed, steps } = lesson;
  const started = performance.now();
  let images = 0;
  let lossSum = 0;
  let step = 0;
  let learningRate = 0;
  for await (const batch of lesson.training(epoch)) {
    const rates = ratesAtStep(step);
    learningRate = rates.rates.at(-1) ?? 0;
    const random = createRandom(seedFrom(seed, epoch, step));
    const loss = await takeStep(network, adam, lesson, trainable, batch, rates, random);
    if (!Number.isFinite(loss)) throw blownUp(epoch, step, learningRate);
    const count = batch.indices.length;
    lossSum += loss * count;
    images += count;
    step += 1;
    yield { kind: 'step', epoch, step, steps, images: count, loss, learningRate };
    // Messages to this process, "cancel" among them, are heard between two turns.
    await turn();
    signal.throwIfAborted();
  }
  const validation = await evaluate(network, lesson);
  const seconds = (performance.now() - started) / 1000;
  yield { kind: 'epoch', epoch, trainLoss: lossSum / images, ...validation, learningRate, images, seconds };
}

/** One step on a batch, of which it disposes. @returns the loss before the step. */
export async function takeStep(
  network: Trainable,
  adam: Adam,
  lesson: Pick<Lesson, 'labels' | 'multiLabel' | 'smoothing'>,
  trainable: tf.Variable[],
  { images, indices }: Batch,
  rates: StepRates,
  random: () => number,
): Promise<number> {
  const loss = tf.tidy(() => {
    const targets = targetTensor(network, lesson, indices);
    const { value, grads } = tf.variableGrads(
      () => lossOf(lesson, network.apply(images, random), targets),
      trainable,
    );
    adam.step(grads, rates);
    return value;
  });
  const [value = Number.NaN] = await loss.data();
  tf.dispose([loss, images]);
  return value;
}

/** In frozen phases the head, and the batch norms of the body; otherwise everything. */
export function trainableIn(
  { groups, batchNorm }: Trainable,
  { frozen }: Pick<Phase, 'frozen'>,
): tf.Variable[] {
  return groups.flatMap((group, place) =>
    frozen && place < groups.length - 1 ? group.filter((variable) => batchNorm.has(variable)) : group,
  );
}

async function evaluate(
  network: Trainable,
  lesson: Lesson,
): Promise<Pick<EpochProgress, 'validLoss' | 'accuracy'>> {
  let images = 0;
  let lossSum = 0;
  let right = 0;
  for await (const batch of lesson.validation()) {
    const { loss, best } = tf.tidy(() => {
      const logits = network.apply(batch.images, null);
      return {
        loss: lossOf(lesson, logits, targetTensor(network, lesson, batch.indices)),
        best: tf.argMax(logits, 1),
      };
    });
    const [[mean = Number.NaN], predicted] = await Promise.all([loss.data(), best.data()]);
    tf.dispose([loss, best, batch.images]);
    const count = batch.indices.length;
    lossSum += mean * count;
    images += count;
    batch.indices.forEach((image, row) => {
      if (lesson.labels[image]?.includes(predicted[row] ?? -1)) right += 1;
    });
    await turn();
    lesson.signal.throwIfAborted();
  }
  return images === 0
    ? { validLoss: null, accuracy: null }
    : { validLoss: lossSum / images, accuracy: right / images };
}

/**
 * Logits of images, row by row as the batches bring them: means over the image and its mirror image, and over shifted
 * ones where training shifts them.
 * @throws the signal's reason when it is aborted.
 */
export async function scoreImages(
  network: Trainable,
  batches: AsyncIterable<Batch>,
  signal: AbortSignal,
  onBatch: (images: number) => void,
): Promise<Float32Array> {
  const rows: Float32Array[] = [];
  for await (const { images } of batches) {
    const logits = tf.tidy(() => {
      const [count, side] = images.shape;
      const views = scoringViews(side).flatMap((view) => {
        const seen = augment(images, Array<Augmentation>(count).fill(view), side);
        return [seen, tf.reverse(seen, 2)];
      });
      return tf.div(tf.addN(views.map((view) => network.apply(view, null))), views.length);
    });
    rows.push(Float32Array.from(await logits.data()));
    onBatch(images.shape[0]);
    tf.dispose([logits, images]);
    await turn();
    signal.throwIfAborted();
  }
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const row of rows) {
    all.set(row, place);
    place += row.length;
  }
  return all;
}

function lossOf(
  { multiLabel }: Pick<Lesson, 'multiLabel'>,
  logits: tf.Tensor2D,
  targets: tf.Tensor2D,
): tf.Scalar {
  return multiLabel ? binaryCrossEntropy(logits, targets) : crossEntropy(logits, targets);
}

function targetTensor(
  { classes }: Trainable,
  { labels, multiLabel, smoothing }: Pick<Lesson, 'labels' | 'multiLabel' | 'smoothing'>,
  indices: Int32Array,
): tf.Tensor2D {
  const ofBatch = Array.from(indices, (image) => labels[image] ?? []);
  return tf.tensor2d(targetsOf(ofBatch, { classes, multiLabel, smoothing }), [indices.length, classes]);
}

const blownUp = (epoch: number, step: number, rate: number) =>
  new Failure(
    'trainer',
    `The loss is not a number any more, at step ${step + 1} of epoch ${epoch + 1}: the training has blown up at the learning rate ${rate.toExponential(1)}. ` +
      'Your labels are safe. Train again with a lower rate; toploss find-lr suggests one.',
  );
