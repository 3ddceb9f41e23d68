// What a fine-tuning is asked and what it tells: chosen in the page or on the command line, computed in the trainer,
// stored with the run.

/** What computes the networks, best first. */
export const engineNames = ['cuda', 'webgpu', 'tensorflow', 'wasm'] as const;
export type EngineName = (typeof engineNames)[number];

/** What came of trying an engine. */
export interface NetworkEngine {
  readonly name: EngineName;
  /** "WebAssembly with SIMD, 1 thread, on AMD EPYC 7763"; null where it is not there. */
  readonly device: string | null;
  /** Why it is not there, and what would change that; null where it is. */
  readonly problem: string | null;
  /** Taken where none is asked for. */
  readonly best: boolean;
}

/** Networks that are known by name; the path of a file or folder is one too. */
export const networkNames = ['small', 'resnet18', 'resnet34', 'resnet50', 'resnet101'] as const;

/** The names are the options of `toploss train`; stored verbatim with the run. */
export interface FineTuneOptions {
  /** A name, or the path of weights or of a model. */
  readonly network: string;
  /** Epochs in which all layers are trained. */
  readonly epochs: number;
  /**
   * Epochs before them in which only the head is, from random weights. 0: the head of a pretrained body begins as the
   * solution that the instant ranking has for it; a network from scratch has no others.
   */
  readonly freezeEpochs: number;
  /** Highest learning rate; two: that of the first layers and that of the head. */
  readonly learningRate: number | readonly [first: number, last: number];
  readonly batchSize: number;
  /** Of the square images that the network sees, in pixels; null: what it was made for. */
  readonly side: number | null;
  /** Each image is scored by the one of so many networks that did not train on it. */
  readonly folds: number;
  readonly weightDecay: number;
  /** Share of each target that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Largest norm of all gradients together; null: any. */
  readonly clipNorm: number | null;
  readonly mixedPrecision: boolean;
}

/**
 * For a pretrained body on a fitted head: fine-tuned gently, since its first losses already are those of the instant
 * ranking. Smoothed labels keep what is wrong among them from being learned by heart.
 */
export const fineTuneDefaults: Omit<FineTuneOptions, 'network'> = {
  epochs: 3,
  freezeEpochs: 0,
  learningRate: [3e-5, 3e-4],
  batchSize: 32,
  side: null,
  folds: 5,
  weightDecay: 0.01,
  labelSmoothing: 0.1,
  clipNorm: null,
  mixedPrecision: false,
};

/** From scratch there is far more to learn: more epochs, at a higher rate, and fewer networks. */
const fromScratchDefaults: typeof fineTuneDefaults = {
  ...fineTuneDefaults,
  epochs: 30,
  learningRate: 3e-3,
  folds: 3,
};

/** Whether all its weights begin at random; all other networks come with theirs. */
export const isFromScratch = (network: string) => network === 'small';

/** Whether the head begins as a linear map that is fitted to the body's features, instead of at random. */
export const hasFittedHead = ({ network, freezeEpochs }: Pick<FineTuneOptions, 'network' | 'freezeEpochs'>) =>
  !isFromScratch(network) && freezeEpochs === 0;

export const defaultsFor = (network: string): typeof fineTuneDefaults =>
  isFromScratch(network) ? fromScratchDefaults : fineTuneDefaults;

/** As people call a network that is given by its name or path: "resnet18", "mine.safetensors". */
export function networkTitle(network: string): string {
  const [file = network, folder = file] = network.split(/[/\\]/).toReversed();
  return /^model\.(json|safetensors)$/.test(file) ? folder : file;
}

/** A training of networks, as it is asked for. */
export interface LearningRequest {
  readonly options: FineTuneOptions;
  /** Null: the best that there is. */
  readonly engine: EngineName | null;
  /** Whether the next engine may take over where this one's device is lost or too small. */
  readonly allowFallback: boolean;
}

/** One epoch of one fold. */
export interface EpochSummary {
  /** From 0, as the epoch. */
  readonly fold: number;
  readonly epoch: number;
  readonly trainLoss: number;
  /** On the images that this fold's network does not train on. */
  readonly validLoss: number | null;
  /** Share of those whose best class is their label. */
  readonly accuracy: number | null;
  /** Of the head, at the end of the epoch. */
  readonly learningRate: number;
  readonly imagesPerSecond: number;
}

/** A point of the curve within epochs. */
export interface StepPoint {
  readonly fold: number;
  /** In epochs: 1.5 is in the middle of the second. */
  readonly at: number;
  /** Of training, smoothed. */
  readonly loss: number;
  readonly learningRate: number;
}

/** The curves of a training, that runs or has ended. */
export interface TrainingCurves {
  readonly folds: number;
  /** Of each fold, frozen ones included. */
  readonly epochs: number;
  readonly freezeEpochs: number;
  readonly summaries: readonly EpochSummary[];
  /** Thinned out to a few hundred a fold; those of an earlier attempt that was gone on with are not there. */
  readonly steps: readonly StepPoint[];
}

export interface FinderPoint {
  readonly rate: number;
  /** Smoothed as fastai does it; NaN where the training has blown up. */
  readonly loss: number;
}

export interface RateSuggestions {
  /** A tenth of the rate with the lowest loss. */
  readonly minimum: number;
  /** Where the loss falls fastest. */
  readonly steepest: number;
  /** About the middle of the longest valley: the one to take. */
  readonly valley: number;
}

export interface RateFinding {
  readonly points: readonly FinderPoint[];
  /** Null where the curve is too short to say anything. */
  readonly suggestions: RateSuggestions | null;
}
