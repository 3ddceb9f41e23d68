// What networks are asked for and what they answer: plain data, that crosses processes.
import type { ClassId } from '../../shared/domain.ts';
import type { Scores } from '../../shared/scores.ts';
import type {
  EngineName,
  EpochSummary,
  FineTuneOptions,
  RateFinding,
  StepPoint,
} from '../../shared/training.ts';
import type { FilesFound, TrainImage } from '../features/extraction/images.ts';
import type { ShownBatch, ShowRequest } from './batches/showBatch.ts';

/** Trains networks out of fold, looks for the learning rate that they want, or walks through a batch. */
export interface FineTuneRequest {
  /** Of the data set, and where pixels, states and learned models are kept. */
  readonly root: string;
  readonly cacheFolder: string;
  readonly images: readonly TrainImage[];
  /** By their index, as the names. */
  readonly classes: readonly ClassId[];
  readonly classNames: readonly string[];
  readonly multiLabel: boolean;
  readonly seed: number;
  /** Null: the best that there is. */
  readonly engine: EngineName | null;
  /** What `options.network` stands for: see `chooseNetwork`. */
  readonly weights: string;
  readonly options: FineTuneOptions;
}

/** What a training tells besides how far it is. */
export type LearningFound =
  | FilesFound
  | { readonly kind: 'step'; readonly point: StepPoint }
  | { readonly kind: 'epoch'; readonly summary: EpochSummary }
  | { readonly kind: 'rate'; readonly finding: RateFinding };

export interface FineTuned {
  /** Of every image out of fold, or by the mean of all networks where none has trained on it. */
  readonly scores: Scores;
  /** How well the labels fit that are not excluded. */
  readonly meanLoss: number;
  readonly accuracy: number;
  readonly engine: EngineName;
  readonly device: string;
  /** Of the network's input, in pixels. */
  readonly side: number;
  /** One over the temperature of the softmax, and the offset of the sigmoids, that the out-of-fold loss chose. */
  readonly calibration: { readonly slope: number; readonly offset: number };
  readonly summaries: readonly EpochSummary[];
  /** With how many epochs to train again from scratch; null where the validation loss has not turned. */
  readonly recommendedEpochs: number | null;
  /** Folder of the network that did best on the images that it did not train on. */
  readonly model: string;
  /** Seconds. */
  readonly timings: {
    readonly load: number;
    readonly pixels: number;
    readonly training: number;
    readonly scoring: number;
  };
}

/** Draws what a network sees in training. */
export interface ShowBatchRequest extends Omit<ShowRequest, 'side'> {
  /** What a network is opened from. */
  readonly weights: string;
  /** As wished; a network that has one of its own keeps it. Null: its own. */
  readonly side: number | null;
}

export interface NetworkBatch extends ShownBatch {
  /** Of the network's input, in pixels. */
  readonly side: number;
}

/** A step of a sample, or of the batch that it is in, on the way to the loss. */
export interface SummaryStep {
  readonly step: string;
  /** The image that the step is about; null: the batch. */
  readonly path: string | null;
  /** What it gave, in words; null where it failed. */
  readonly gave: string | null;
  /** Why it failed. */
  readonly problem: string | null;
}
