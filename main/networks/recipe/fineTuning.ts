// A fine-tuning from request to scores, in the trainer process: the engine, the presized images, the networks out of
// fold, and what the losses say. Puts the parts together; each is explained where it lies.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../../shared/failure.ts';
import {
  hasFittedHead,
  isFromScratch,
  type EpochSummary,
  type RateFinding,
} from '../../../shared/training.ts';
import { trainingBatches, batchesPerEpoch, type BatchSource } from '../batches/batches.ts';
import { presize, presizeSide, type PresizedImages } from '../batches/presize.ts';
import { openEngine, type Engine } from '../engine/engine.ts';
import { calibrate } from '../../head/calibration.ts';
import { checkLabels, isFitted, type RowLabel } from '../../head/labels.ts';
import { score } from '../../head/scores.ts';
import { medianSide } from '../../features/imageSide.ts';
import { inputSide, type Network } from '../network/network.ts';
import { exportNetwork } from '../network/export.ts';
import { openNetwork } from '../network/open.ts';
import { writeWeights } from '../network/weights.ts';
import type { Work } from '../../work/work.ts';
import type { FineTuned, FineTuneRequest, LearningFound } from '../types.ts';
import { seedFrom } from '../../math/random.ts';
import { nameScores } from '../../head/nameScores.ts';
import { recommendEpochs } from './advice.ts';
import { findRate } from './finder.ts';
import { assignFolds } from './folds.ts';
import { createHeadStart, type StartHead } from './headStart.ts';
import { trainOutOfFold, type OutOfFold, type OutOfFoldTask } from './outOfFold.ts';
import { planPhases, type Phase } from './schedule.ts';
import { smoothed } from './smoothed.ts';
import { suggestRates } from './suggestions.ts';

/** Everything that both a training and the finder need. */
interface Lab {
  readonly engine: Engine;
  readonly network: () => Promise<Network>;
  /** Null where the head begins at random. */
  readonly startHead: StartHead | null;
  readonly side: number;
  readonly pixels: PresizedImages;
  readonly source: BatchSource;
  /** By the place in the data set. */
  readonly labels: readonly RowLabel[];
  readonly taught: readonly number[];
  /** Seconds. */
  readonly load: number;
  readonly presizing: number;
}

/**
 * Trains networks out of fold and scores every image.
 * @throws Failure `empty`, `no-engine`, `trainer` and others; the signal's reason when it is aborted.
 */
export async function fineTuneOutOfFold(
  request: FineTuneRequest,
  work: Work<LearningFound>,
): Promise<FineTuned> {
  const { options, seed, multiLabel, classes, images } = request;
  const { signal } = work;
  const lab = await openLab(request, work);
  const { engine, pixels, source, side, labels, taught } = lab;
  try {
    const folds = Math.min(options.folds, taught.length);
    const others = pixels.usable.filter((image) => !isFitted(labels[image]));
    const started = performance.now();
    const task: OutOfFoldTask = {
      folder: openFolder(request, lab, work),
      options: { ...options, folds },
      source,
      taught,
      foldOf: assignFolds(
        taught.map((image) => (labels[image]?.classes ?? []).join()),
        folds,
        seedFrom(seed, folds),
      ),
      others,
      openNetwork: lab.network,
      startHead: lab.startHead,
      phasesOf: (network) => phasesOf(request, network),
      seed,
      signal,
    };
    const { logits, summaries, best } = await follow(task, work);
    const trained = performance.now();

    const rows = [...taught, ...others];
    const predictions = {
      labels: rows.map((image) => labels[image] ?? { classes: [], included: true }),
      // Each row is by networks that never saw the image: nothing is to be taken out.
      leftOut: [],
      fitted: { data: Float64Array.from(logits), rows: rows.length, columns: classes.length },
      leverage: new Float64Array(rows.length),
    };
    const { slope, offset } = calibrate(predictions, multiLabel);
    const scores = score(predictions, { slope, offset }, multiLabel);
    const model = await saveNetwork(request, lab, best);
    rmSync(task.folder, { recursive: true });
    return {
      scores: nameScores(
        scores,
        rows.flatMap((image) => images[image]?.id ?? []),
        classes,
      ),
      meanLoss: scores.meanLoss,
      accuracy: scores.accuracy,
      engine: engine.name,
      device: engine.device,
      side,
      calibration: { slope, offset },
      summaries,
      recommendedEpochs: recommendEpochs(validLosses(summaries, folds), options.freezeEpochs),
      model,
      timings: {
        load: lab.load,
        pixels: lab.presizing,
        training: seconds(started, trained),
        scoring: seconds(trained, performance.now()),
      },
    };
  } finally {
    await pixels.close();
  }
}

/** The learning-rate finder on all images. @throws as `fineTuneOutOfFold` */
export async function findLearningRate(
  request: FineTuneRequest,
  work: Work<LearningFound>,
): Promise<RateFinding> {
  const { options, seed, multiLabel } = request;
  const { signal, progress, found } = work;
  const { network: open, startHead, pixels, source, taught } = await openLab(request, work);
  try {
    const network = await open();
    const [first] = phasesOf(request, network);
    const lesson = {
      labels: source.labels,
      multiLabel,
      smoothing: options.labelSmoothing,
      seed,
      training: (epoch: number) => trainingBatches(source, taught, { seed, epoch }),
      signal,
    };
    let finding: RateFinding = { points: [], suggestions: null };
    try {
      await startHead?.(network, taught);
      for await (const points of findRate(network, lesson, first?.frozen ?? false)) {
        finding = { points, suggestions: suggestRates(points) };
        progress('rate', points.length, 100);
        found({ kind: 'rate', finding });
      }
    } finally {
      network.dispose();
    }
    return finding;
  } finally {
    await pixels.close();
  }
}

async function openLab(request: FineTuneRequest, work: Work<LearningFound>): Promise<Lab> {
  const { root, cacheFolder, images, options, classNames, multiLabel, seed } = request;
  const { signal, note } = work;
  const labels = images.map(({ label, excluded }) => ({ classes: label, included: !excluded }));
  // What can't be trained on is refused before anything is computed.
  checkLabels({ multiLabel, classes: classNames.length, rows: labels });

  const started = performance.now();
  const engine = await openEngine(request.engine);
  note(`${engine.name}: ${engine.device}`);
  for (const { name, reason } of engine.passedOver) note(`Not ${name}: ${reason}`);
  if (options.mixedPrecision) note(noMixedPrecision);
  const startsFitted = hasFittedHead(options);
  const network = () =>
    openNetwork({
      network: request.weights,
      classes: classNames.length,
      seed,
      head: startsFitted ? 'linear' : 'fastai',
    });
  const trial = await network();
  const side = inputSide(trial, options.side);
  trial.dispose();
  const opened = performance.now();

  const pixels = await presize(images, {
    root,
    cacheFolder,
    side: presizeSide(side, await medianSide({ root, images })),
    work,
  });
  const taught = pixels.usable.filter((image) => isFitted(labels[image]));
  const seen = new Set(taught.flatMap((image) => labels[image]?.classes ?? []));
  if (seen.size < 2) {
    await pixels.close();
    throw new Failure(
      'empty',
      `The labelled images in ${root} that could be decoded have fewer than two classes. Nothing was trained; see the list of problems.`,
    );
  }
  const source: BatchSource = {
    pixels,
    labels: labels.map(({ classes }) => classes),
    classes: classNames.length,
    multiLabel,
    side,
    batchSize: options.batchSize,
    signal,
  };
  return {
    engine,
    network,
    startHead: startsFitted ? createHeadStart({ source, taught, seed, work }) : null,
    side,
    pixels,
    source,
    labels,
    taught,
    load: seconds(started, opened),
    presizing: seconds(opened, performance.now()),
  };
}

/** Consumes the training, and tells what it says. */
async function follow(
  task: OutOfFoldTask,
  { progress: tell, note, found }: Work<LearningFound>,
): Promise<OutOfFold> {
  const { taught, foldOf, options, others } = task;
  const trial = await task.openNetwork();
  const epochs = task.phasesOf(trial).reduce((sum, phase) => sum + phase.epochs, 0);
  trial.dispose();
  const inEpoch = Array.from({ length: options.folds }, (_, fold) => {
    const training = foldOf.reduce((count, of) => count + (of === fold ? 0 : 1), 0);
    return batchesPerEpoch(training, options.batchSize) * Math.min(training, options.batchSize);
  });
  const total = inEpoch.reduce((sum, images) => sum + images * epochs, 0);
  let done = 0;
  let average = smoothed();
  const training = trainOutOfFold(task);
  for (;;) {
    const next = await training.next();
    if (next.done) return next.value;
    const progress = next.value;
    switch (progress.kind) {
      case 'step': {
        const { epoch, step, steps, loss, learningRate, images } = progress.step;
        if (epoch === 0 && step === 1) average = smoothed();
        done += images;
        found({
          kind: 'step',
          point: { fold: progress.fold, at: epoch + step / steps, loss: average(loss), learningRate },
        });
        tell('training', done, total);
        break;
      }
      case 'restored':
        done += inEpoch[progress.summary.fold] ?? 0;
        found({ kind: 'epoch', summary: progress.summary });
        tell('training', done, total);
        break;
      case 'epoch':
        found({ kind: 'epoch', summary: progress.summary });
        break;
      case 'resumed':
        note(describeResumption(progress, options.folds));
        break;
      case 'scored':
        tell('scoring', taught.length + others.length, taught.length + others.length);
    }
  }
}

function phasesOf({ options }: FineTuneRequest, network: Network): Phase[] {
  return planPhases({
    epochs: options.epochs,
    freezeEpochs: options.freezeEpochs,
    rate: options.learningRate,
    groups: network.groups.length,
    pretrained: !isFromScratch(options.network),
  });
}

/** Where the states of a training on exactly these labels and options are kept; those of others are dropped. */
function openFolder(request: FineTuneRequest, { pixels }: Lab, { note }: Work<LearningFound>): string {
  const { cacheFolder, images, options, weights, multiLabel, classNames, seed } = request;
  const usable = new Set(pixels.usable);
  const what = JSON.stringify({
    options: { ...options, network: weights },
    startsFitted: hasFittedHead(options),
    multiLabel,
    classes: classNames.length,
    seed,
    images: images.map(({ path, label, excluded }, image) => [path, label, excluded, usable.has(image)]),
  });
  const key = createHash('sha256').update(what).digest('hex').slice(0, 16);
  const parent = join(cacheFolder, 'fine-tuning');
  mkdirSync(parent, { recursive: true });
  const dropped = readdirSync(parent).filter((name) => name !== key);
  for (const name of dropped) rmSync(join(parent, name), { recursive: true });
  if (dropped.length > 0) {
    note('An unfinished training on other labels or with other options was dropped; this one begins anew.');
  }
  return join(parent, key);
}

/** Exports the network into the project's models. @returns the folder. */
async function saveNetwork(
  { cacheFolder, classNames }: FineTuneRequest,
  { network: open, side }: Lab,
  weights: ReadonlyMap<string, Float32Array>,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([side, classNames]));
  for (const values of weights.values()) hash.update(values);
  const models = join(cacheFolder, 'models');
  const folder = join(models, `fine-tuned-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(models, { recursive: true });
  const network = await open();
  try {
    writeWeights(network, weights);
    await exportNetwork(network, folder, { side, classes: classNames });
  } finally {
    network.dispose();
  }
  return folder;
}

function validLosses(summaries: readonly EpochSummary[], folds: number): number[][] {
  return Array.from({ length: folds }, (_, fold) =>
    summaries.flatMap((summary) => (summary.fold === fold ? [summary.validLoss ?? Number.NaN] : [])),
  );
}

function describeResumption(
  { fold, epochs, torn }: { readonly fold: number; readonly epochs: number; readonly torn: number },
  folds: number,
): string {
  const damaged = torn > 0 ? 'The last checkpoint was damaged; the one before it is used. ' : '';
  return `${damaged}Fold ${fold + 1} of ${folds} goes on after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} of an earlier attempt.`;
}

const noMixedPrecision =
  'Trained in 32 bit: no engine of TensorFlow.js computes in 16 bit, its tensors are single precision throughout.';

const seconds = (from: number, to: number) => (to - from) / 1000;
