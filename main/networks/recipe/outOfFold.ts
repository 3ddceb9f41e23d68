// Scores for every image by networks that did not train on it: as many trainings as there are folds, each holding one
// fold out. After every epoch the state is saved, after every fold its scores, so that an interrupted training goes on
// where it stopped and ends with the same numbers.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochSummary, FineTuneOptions } from '../../../shared/training.ts';
import { batchesPerEpoch, scoringBatches, trainingBatches, type BatchSource } from '../batches/batches.ts';
import { tf } from '../engine/tf.ts';
import type { Network } from '../network/network.ts';
import { readWeights, writeWeights } from '../network/weights.ts';
import { seedFrom } from '../../math/random.ts';
import { Adam } from './adam.ts';
import { Checkpoints } from './checkpoints.ts';
import { fineTune, scoreImages, type Lesson, type StepProgress } from './loop.ts';
import type { StartHead } from './headStart.ts';
import { readRecord, writeRecord, type NamedArray } from './record.ts';
import type { Phase } from './schedule.ts';

export interface OutOfFoldTask {
  /** Where the states of this very task lie, and of no other. */
  readonly folder: string;
  readonly options: Pick<
    FineTuneOptions,
    'folds' | 'weightDecay' | 'labelSmoothing' | 'clipNorm' | 'batchSize'
  >;
  readonly source: BatchSource;
  /** Images to learn from, by their place in the data set, and the fold of each. */
  readonly taught: readonly number[];
  readonly foldOf: Int32Array;
  /** Images without a label, and excluded ones: scored by the mean of all networks. */
  readonly others: readonly number[];
  readonly openNetwork: () => Promise<Network>;
  /** Given where the head begins fitted to the images of its fold. */
  readonly startHead: StartHead | null;
  readonly phasesOf: (network: Network) => readonly Phase[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

export type OutOfFoldProgress =
  | { readonly kind: 'step'; readonly fold: number; readonly step: StepProgress }
  | { readonly kind: 'epoch'; readonly summary: EpochSummary }
  | { readonly kind: 'scored'; readonly images: number }
  /** A fold, or the epochs of one, from an earlier attempt. */
  | { readonly kind: 'resumed'; readonly fold: number; readonly epochs: number; readonly torn: number }
  | { readonly kind: 'restored'; readonly summary: EpochSummary };

export interface OutOfFold {
  /** Row by row as `taught`, then `others`. */
  readonly logits: Float32Array;
  readonly summaries: readonly EpochSummary[];
  /** The weights of the fold with the lowest validation loss. */
  readonly best: ReadonlyMap<string, Float32Array>;
}

interface StateFacts {
  readonly fold: number;
  /** Epochs that are done. */
  readonly epochs: number;
  /** Of the optimiser, since its last start. */
  readonly steps: number;
  readonly summaries: readonly EpochSummary[];
}

interface FoldFacts {
  readonly summaries: readonly EpochSummary[];
}

/** @throws as `fineTune`. What was finished until then is on disk. */
export async function* trainOutOfFold(task: OutOfFoldTask): AsyncGenerator<OutOfFoldProgress, OutOfFold> {
  const { folder, options, taught, others, source } = task;
  const { classes } = source;
  mkdirSync(folder, { recursive: true });
  const logits = new Float32Array((taught.length + others.length) * classes);
  const summaries: EpochSummary[] = [];
  let best: ReadonlyMap<string, Float32Array> = new Map();
  let bestLoss = Infinity;
  for (let fold = 0; fold < options.folds; fold++) {
    const result = (yield* restoredFold(task, fold)) ?? (yield* trainFold(task, fold));
    summaries.push(...result.summaries);
    const rows = taught.flatMap((_, row) => (task.foldOf[row] === fold ? [row] : []));
    rows.forEach((row, i) => logits.set(rowOf(result.logits, i, classes), row * classes));
    for (let i = 0; i < others.length; i++) {
      const target = rowOf(logits, taught.length + i, classes);
      const scores = rowOf(result.logits, rows.length + i, classes);
      for (let k = 0; k < classes; k++) target[k] = (target[k] ?? 0) + (scores[k] ?? 0) / options.folds;
    }
    const loss = result.summaries.at(-1)?.validLoss ?? Infinity;
    if (loss < bestLoss || best.size === 0) {
      bestLoss = loss;
      best = result.weights;
    }
  }
  return { logits, summaries, best };
}

interface FoldResult {
  /** Of the images that are held out, then of the others. */
  readonly logits: Float32Array;
  readonly summaries: readonly EpochSummary[];
  readonly weights: ReadonlyMap<string, Float32Array>;
}

function* restoredFold(task: OutOfFoldTask, fold: number): Generator<OutOfFoldProgress, FoldResult | null> {
  const record = readRecord<FoldFacts>(foldFile(task, fold));
  if (!record) return null;
  const { summaries } = record.facts;
  yield { kind: 'resumed', fold, epochs: summaries.length, torn: 0 };
  for (const summary of summaries) yield { kind: 'restored', summary };
  const [scores, ...weights] = record.arrays;
  if (!scores) return null;
  return {
    logits: scores.values,
    summaries,
    weights: new Map(weights.map(({ name, values }) => [name, values])),
  };
}

async function* trainFold(task: OutOfFoldTask, fold: number): AsyncGenerator<OutOfFoldProgress, FoldResult> {
  const { options, source, taught, foldOf, others, signal } = task;
  const checkpoints = new Checkpoints<StateFacts>(task.folder);
  const training = taught.filter((_, row) => foldOf[row] !== fold);
  const heldOut = taught.filter((_, row) => foldOf[row] === fold);
  const seed = seedFrom(task.seed, fold);
  const lesson: Lesson = {
    labels: source.labels,
    multiLabel: source.multiLabel,
    smoothing: options.labelSmoothing,
    seed,
    steps: batchesPerEpoch(training.length, options.batchSize),
    training: (epoch) => trainingBatches(source, training, { seed, epoch }),
    validation: () => scoringBatches(source, heldOut),
    signal,
  };
  const network = await task.openNetwork();
  const adam = new Adam(network, options);
  try {
    const restored = checkpoints.restore();
    const state = restored?.facts.fold === fold ? restored : null;
    const summaries = [...(state?.facts.summaries ?? [])];
    if (state) {
      restoreState(network, adam, state.arrays, state.facts.steps);
      yield { kind: 'resumed', fold, epochs: state.facts.epochs, torn: state.torn };
      for (const summary of summaries) yield { kind: 'restored', summary };
    } else {
      await task.startHead?.(network, training);
    }
    const phases = task.phasesOf(network);
    for await (const progress of fineTune(network, adam, lesson, phases, state?.facts.epochs ?? 0)) {
      if (progress.kind === 'step') {
        yield { kind: 'step', fold, step: progress };
        continue;
      }
      const { epoch, trainLoss, validLoss, accuracy, learningRate, images, seconds } = progress;
      const imagesPerSecond = images / seconds;
      const summary = { fold, epoch, trainLoss, validLoss, accuracy, learningRate, imagesPerSecond };
      summaries.push(summary);
      const arrays = await stateOf(network, adam);
      checkpoints.save({ facts: { fold, epochs: epoch + 1, steps: adam.steps, summaries }, arrays });
      yield { kind: 'epoch', summary };
    }
    const scored: number[] = [];
    const batches = scoringBatches(source, [...heldOut, ...others]);
    const logits = await scoreImages(network, batches, signal, (images) => scored.push(images));
    const weights = await readWeights(network);
    writeRecord<FoldFacts>(foldFile(task, fold), {
      facts: { summaries },
      arrays: [
        { name: 'logits', shape: [logits.length], values: logits },
        ...[...weights].map(([name, values]) => ({ name, shape: [values.length], values })),
      ],
    });
    checkpoints.clear();
    yield { kind: 'scored', images: logits.length / source.classes };
    return { logits, summaries, weights };
  } finally {
    adam.dispose();
    network.dispose();
  }
}

const foldFile = ({ folder }: OutOfFoldTask, fold: number) => join(folder, `fold-${fold}.bin`);

async function stateOf(network: Network, adam: Adam): Promise<NamedArray[]> {
  const weights = [...(await readWeights(network))].map(([name, values]) => ({
    name: `weight/${name}`,
    shape: [values.length],
    values,
  }));
  const averages = [...adam.state()].map(async ([name, variable]) => ({
    name,
    shape: variable.shape,
    values: Float32Array.from(await variable.data()),
  }));
  return [...weights, ...(await Promise.all(averages))];
}

function restoreState(network: Network, adam: Adam, arrays: readonly NamedArray[], steps: number): void {
  const weights = new Map<string, Float32Array>();
  tf.tidy(() => {
    const averages = new Map<string, tf.Tensor>();
    for (const { name, shape, values } of arrays) {
      if (name.startsWith('weight/')) weights.set(name.slice('weight/'.length), values);
      else averages.set(name, tf.tensor(values, [...shape]));
    }
    adam.restore(averages, steps);
  });
  writeWeights(network, weights);
}

const rowOf = (values: Float32Array, row: number, columns: number) =>
  values.subarray(row * columns, (row + 1) * columns);
