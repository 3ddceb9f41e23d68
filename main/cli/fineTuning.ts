// What the commands that train networks share: their options, a line an epoch, and the project to train on.
import {
  defaultsFor,
  fineTuneDefaults,
  type EpochSummary,
  type FineTuneOptions,
} from '../../shared/training.ts';
import { engineNames } from '../../shared/training.ts';
import { chooseNetwork, type LearningFound } from '../networks/index.ts';
import type { Work } from '../work/work.ts';
import { defaultSeed } from '../runs/baseline.ts';
import type { FineTuneSetup } from '../runs/fineTune.ts';
import { importDataset } from '../dataset/import.ts';
import type { Project } from '../project/open.ts';
import { latestRun } from '../store/runs.ts';
import {
  projectOption,
  sourceOptions,
  trainOptions,
  UsageError,
  type Context,
  type Given,
  type Option,
} from './command.ts';
import { describeImport, engineFrom, sourceFrom, who, withProgress, withProject } from './session.ts';

const defaultNetwork = 'small';

/** "default: 3; small: 30". */
function byDefault(option: keyof typeof fineTuneDefaults): string {
  const [loaded, fromScratch] = [fineTuneDefaults, defaultsFor(defaultNetwork)].map((defaults) =>
    [defaults[option]].flat().map(written).join(':'),
  );
  const scratch = loaded === fromScratch ? '' : `; ${defaultNetwork}: ${fromScratch}`;
  return `default: ${loaded}${scratch}`;
}

/** Small rates as people write them: "3e-5". */
const written = (value: number | boolean | null) =>
  typeof value === 'number' && value > 0 && value < 0.01 ? value.toExponential() : String(value);

export const fineTuneOptions = {
  network: {
    type: 'string',
    value: 'NAME|PATH',
    help: 'small (from scratch), resnet18 … (downloaded), a ResNet’s .safetensors or a model.json; default: small',
  },
  epochs: { type: 'string', value: 'N', help: `epochs of the whole network; ${byDefault('epochs')}` },
  'freeze-epochs': {
    type: 'string',
    value: 'N',
    help: `epochs that first train only a head from random weights; 0: the head starts fitted; ${byDefault('freezeEpochs')}`,
  },
  lr: {
    type: 'string',
    value: 'A[:B]',
    help: `highest learning rate, or those of the first layers and of the head; ${byDefault('learningRate')}`,
  },
  'batch-size': { type: 'string', value: 'N', help: `images per step; ${byDefault('batchSize')}` },
  size: { type: 'string', value: 'N', help: "side of the network's input in pixels; default: its own" },
  folds: {
    type: 'string',
    value: 'N',
    help: `networks, each scoring the images it did not see; ${byDefault('folds')}`,
  },
  'allow-fallback': {
    type: 'boolean',
    help: 'go on with the next engine if this one loses its device or runs out of memory',
  },
  'mixed-precision': { type: 'boolean', help: 'compute in 16 bit if the engine can' },
  'label-smoothing': {
    type: 'string',
    value: 'X',
    help: `share of each target spread over all classes; ${byDefault('labelSmoothing')}`,
  },
  'weight-decay': { type: 'string', value: 'X', help: byDefault('weightDecay') },
  clip: { type: 'string', value: 'X', help: 'largest norm of the gradient; default: no limit' },
} satisfies Record<string, Option>;

/** Of the commands that look at a network without training it to the end. */
export const trialOptions = {
  network: fineTuneOptions.network,
  'batch-size': fineTuneOptions['batch-size'],
  size: fineTuneOptions.size,
  engine: trainOptions.engine,
  seed: trainOptions.seed,
  ...sourceOptions,
  ...projectOption,
} satisfies Record<string, Option>;

/** @throws UsageError for what can't be meant. */
export function fineTuneOptionsFrom(given: Given): FineTuneOptions {
  const whole = (option: string, otherwise: number, least: number) => {
    const value = given.integer(option) ?? otherwise;
    if (value < least) throw new UsageError(`--${option} takes a number from ${least} up, not ${value}`);
    return value;
  };
  const network = given.text('network') ?? defaultNetwork;
  const defaults = defaultsFor(network);
  return {
    network,
    epochs: whole('epochs', defaults.epochs, 1),
    freezeEpochs: whole('freeze-epochs', defaults.freezeEpochs, 0),
    learningRate: rateFrom(given.text('lr')) ?? defaults.learningRate,
    batchSize: whole('batch-size', defaults.batchSize, 1),
    side: given.text('size') === undefined ? null : whole('size', 0, 8),
    folds: whole('folds', defaults.folds, 2),
    weightDecay: share(given, 'weight-decay', defaults.weightDecay, 1),
    labelSmoothing: share(given, 'label-smoothing', defaults.labelSmoothing, 0.99),
    clipNorm: given.text('clip') === undefined ? null : share(given, 'clip', 0, Number.MAX_VALUE),
    mixedPrecision: given.flag('mixed-precision'),
  };
}

function rateFrom(text: string | undefined): FineTuneOptions['learningRate'] | null {
  if (text === undefined) return null;
  const [first = Number.NaN, last, ...more] = text.split(':').map(Number);
  const given = [first, ...(last === undefined ? [] : [last])];
  if (more.length > 0 || !given.every((rate) => rate > 0 && rate <= 10)) {
    throw new UsageError(`--lr takes a rate or two, as in 1e-3 or 1e-6:1e-4; not ${text}`);
  }
  return last === undefined ? first : [first, last];
}

function share(given: Given, option: string, otherwise: number, most: number): number {
  const text = given.text(option);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= most) return value;
  throw new UsageError(
    `--${option} takes a number${most <= 1 ? ` from 0 to ${most}` : ' from 0 up'}, not ${text}`,
  );
}

/** Imports, and hands all that a training needs over to the work. */
export async function withNetworks<T>(
  given: Given,
  context: Context,
  start: (project: Project, setup: FineTuneSetup, work: Work<LearningFound>) => Promise<T>,
): Promise<T> {
  // Wrong usage is said before anything is made.
  const options = fineTuneOptionsFrom(given);
  const engine = engineFrom(given, 'networks', engineNames) ?? null;
  const seed = given.integer('seed');
  const source = sourceFrom(given);
  return withProject(given, (project) =>
    withProgress(context, async (work, tell) => {
      tell(describeImport(await importDataset(project, { source, who }, work)));
      const { network, weights } = await chooseNetwork(options.network, work);
      const setup = {
        options: { ...options, network },
        weights,
        engine,
        allowFallback: given.flag('allow-fallback'),
        seed: seed ?? latestRun(project.db)?.seed ?? defaultSeed,
      };
      return start(project, setup, {
        ...work,
        found(found) {
          if (found.kind === 'epoch') tell(describeEpoch(found.summary, options));
        },
      });
    }),
  );
}

/** "fold 1/3 · epoch 2 · train loss 0.812 · validation loss 0.934 · accuracy 71.2 % · lr 1.0e-3 · 23 images/s". */
function describeEpoch(
  { fold, epoch, trainLoss, validLoss, accuracy, learningRate, imagesPerSecond }: EpochSummary,
  { folds }: FineTuneOptions,
): string {
  return [
    `fold ${fold + 1}/${folds}`,
    `epoch ${epoch + 1}`,
    `train loss ${trainLoss.toFixed(3)}`,
    ...(validLoss === null ? [] : [`validation loss ${validLoss.toFixed(3)}`]),
    ...(accuracy === null ? [] : [`accuracy ${(accuracy * 100).toFixed(1)} %`]),
    `lr ${learningRate.toExponential(1)}`,
    `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} images/s`,
  ].join(' · ');
}
