// The form of a fine-tuning: what is typed, what of it can't be meant, and the request that it makes.
import {
  defaultsFor,
  isFromScratch,
  networkNames,
  type EngineName,
  type LearningRequest,
} from '../../shared/training.ts';
import { exactRateText, rateText } from './axis.ts';

/** A number that is typed. */
export interface NumberField {
  readonly label: string;
  readonly help: string;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  /** What an empty field means, shown in it; null: it must not be empty. */
  readonly empty: string | null;
}

const learningRate = { least: 1e-9, most: 10, whole: false } as const;

export const numberFields = {
  epochs: {
    label: 'Epochs',
    help: 'How often the networks see each image. Nothing is stopped early: a run says how many epochs would have been best.',
    least: 1,
    most: 10_000,
    whole: true,
    empty: null,
  },
  learningRate: {
    label: 'Learning rate',
    help: 'The highest of the cycle, that of the head. Too low learns nothing, too high forgets.',
    ...learningRate,
    empty: null,
  },
  firstRate: {
    label: 'First layers',
    help: 'Learning rate of the first layers; those between are spaced evenly. Empty: a hundredth, for pretrained ones.',
    ...learningRate,
    empty: 'by itself',
  },
  freezeEpochs: {
    label: 'Head first',
    help: 'Epochs that train only the head, from random weights, before all layers are trained. 0: the head starts from the instant ranking’s solution instead.',
    least: 0,
    most: 10_000,
    whole: true,
    empty: null,
  },
  folds: {
    label: 'Folds',
    help: 'How many networks are trained: each on all images but its own share, which it scores. More take longer and rank better.',
    least: 2,
    most: 100,
    whole: true,
    empty: null,
  },
  batchSize: {
    label: 'Batch size',
    help: 'Images per step. Half as many are tried automatically if memory runs out.',
    least: 1,
    most: 4096,
    whole: true,
    empty: null,
  },
  side: {
    label: 'Image size',
    help: 'Side of the square that the network sees, in pixels. Empty: what the network was made for.',
    least: 8,
    most: 4096,
    whole: true,
    empty: 'the network’s own',
  },
  weightDecay: {
    label: 'Weight decay',
    help: 'How strongly weights are drawn to zero.',
    least: 0,
    most: 1,
    whole: false,
    empty: null,
  },
  labelSmoothing: {
    label: 'Label smoothing',
    help: 'Share of each target that is spread over all classes: a network that doubts learns less from wrong labels.',
    least: 0,
    most: 0.99,
    whole: false,
    empty: null,
  },
  clipNorm: {
    label: 'Gradient clip',
    help: 'Largest norm of all gradients together. Empty: no limit.',
    least: 0,
    most: Number.MAX_VALUE,
    whole: false,
    empty: 'none',
  },
} as const satisfies Record<string, NumberField>;

export type FieldName = keyof typeof numberFields;
type NetworkName = (typeof networkNames)[number];

/** What is wrong with what was typed, in a sentence; null: nothing. */
export function problemOf(name: FieldName, text: string): string | null {
  const { label, least, most, whole, empty }: NumberField = numberFields[name];
  const value = Number(text);
  if (text.trim() === '') return empty === null ? `${label} is missing.` : null;
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return null;
  const example = most === learningRate.most ? ', as in 0.002 or 2e-3' : '';
  if (example) return `${label} is a number above 0 and at most ${most}${example}.`;
  const range =
    most === Number.MAX_VALUE ? `from ${least} up` : `from ${least} to ${most.toLocaleString('en')}`;
  return `${label} is a ${whole ? 'whole ' : ''}number ${range}.`;
}

export class FineTuning {
  kind = $state<'baseline' | 'fine-tuning'>('baseline');
  #network = $state<NetworkName | 'other'>('small');
  /** Of the other network. */
  path = $state('');
  engine = $state<EngineName | null>(null);
  allowFallback = $state(false);
  mixedPrecision = $state(false);
  readonly typed = $state<Record<FieldName, string>>(typedDefaults('small'));
  /** Whether a person has begun to fill it in: then nothing else does. */
  touched = false;

  get network(): NetworkName | 'other' {
    return this.#network;
  }

  /** What still is as it was for the network before becomes what it is for this one. */
  set network(network: NetworkName | 'other') {
    const [before, now] = [typedDefaults(this.#network), typedDefaults(network)];
    this.#network = network;
    for (const name of Object.keys(now) as FieldName[]) {
      if (this.typed[name] === before[name]) this.typed[name] = now[name];
    }
  }

  /** A network from scratch has no head that could be trained first. */
  readonly fromScratch = $derived(isFromScratch(this.network));
  readonly problems = $derived.by(() => {
    const problems: Partial<Record<FieldName | 'path', string>> = {};
    for (const name of Object.keys(this.typed) as FieldName[]) {
      const problem = problemOf(name, this.typed[name]);
      if (problem !== null && !(name === 'freezeEpochs' && this.fromScratch)) problems[name] = problem;
    }
    if (this.network === 'other' && this.path.trim() === '') problems.path = 'Name the file or folder.';
    return problems;
  });

  /** Null while something can't be meant. */
  readonly request: LearningRequest | null = $derived.by(() => {
    if (Object.keys(this.problems).length > 0) return null;
    const { typed } = this;
    const [first, last] = [optional(typed.firstRate), Number(typed.learningRate)];
    return {
      options: {
        network: this.network === 'other' ? this.path.trim() : this.network,
        epochs: Number(typed.epochs),
        freezeEpochs: this.fromScratch ? 0 : Number(typed.freezeEpochs),
        learningRate: first === null ? last : [first, last],
        batchSize: Number(typed.batchSize),
        side: optional(typed.side),
        folds: Number(typed.folds),
        weightDecay: Number(typed.weightDecay),
        labelSmoothing: Number(typed.labelSmoothing),
        clipNorm: optional(typed.clipNorm),
        mixedPrecision: this.mixedPrecision,
      },
      engine: this.engine,
      allowFallback: this.allowFallback,
    };
  });

  /** Takes over what was asked for before. */
  takeRequest({ options, engine, allowFallback }: LearningRequest): void {
    const { typed } = this;
    const { learningRate: rate } = options;
    const [first, last] = typeof rate === 'number' ? [null, rate] : rate;
    this.kind = 'fine-tuning';
    const known = networkNames.find((name) => name === options.network);
    this.network = known ?? 'other';
    this.path = known ? '' : options.network;
    // From scratch, epochs of the head alone are epochs like all others.
    typed.epochs = String(options.epochs + (known === 'small' ? options.freezeEpochs : 0));
    typed.learningRate = writtenRate(last);
    typed.firstRate = writtenRate(first);
    if (known !== 'small') typed.freezeEpochs = String(options.freezeEpochs);
    typed.folds = String(options.folds);
    typed.batchSize = String(options.batchSize);
    typed.side = written(options.side);
    typed.weightDecay = String(options.weightDecay);
    typed.labelSmoothing = String(options.labelSmoothing);
    typed.clipNorm = written(options.clipNorm);
    this.mixedPrecision = options.mixedPrecision;
    this.engine = engine;
    this.allowFallback = allowFallback;
  }

  takeRate(rate: number): void {
    this.typed.learningRate = rateText(rate);
    this.touched = true;
  }
}

function typedDefaults(network: string): Record<FieldName, string> {
  const defaults = defaultsFor(network);
  const { learningRate } = defaults;
  const [first, last] = typeof learningRate === 'number' ? [null, learningRate] : learningRate;
  return {
    epochs: String(defaults.epochs),
    learningRate: writtenRate(last),
    firstRate: writtenRate(first),
    freezeEpochs: String(defaults.freezeEpochs),
    folds: String(defaults.folds),
    batchSize: String(defaults.batchSize),
    side: written(defaults.side),
    weightDecay: String(defaults.weightDecay),
    labelSmoothing: String(defaults.labelSmoothing),
    clipNorm: written(defaults.clipNorm),
  };
}

const optional = (text: string): number | null => (text.trim() === '' ? null : Number(text));
const written = (value: number | null): string => (value === null ? '' : String(value));
const writtenRate = (rate: number | null): string => (rate === null ? '' : exactRateText(rate));
