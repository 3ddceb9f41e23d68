// What the trainer process and its parent say to each other. Plain data. Scores and changes name images and classes by
// their ids; labels are indices of the request's classes, and findings of its images.
import type { ClassId, ImageId } from '../../shared/domain.ts';
import type { FailureData } from '../../shared/failure.ts';
import type { Scores } from '../../shared/scores.ts';
import type { EpochSummary, FineTuneOptions, RateFinding, StepPoint } from '../../shared/training.ts';
import type { ShownBatch, ShowRequest } from '../networks/batches/showBatch.ts';
import type { EngineName } from '../networks/engine/names.ts';
import type { Care } from '../features/extraction/care.ts';
import type { HeadParameters } from '../head/head.ts';

export interface TrainRequest {
  /** Root of the data set, and where features and learned models are kept. */
  readonly root: string;
  readonly cacheFolder: string;
  /** An ONNX file or folder; null: patch features learned from the data set itself. */
  readonly backbone: { readonly path: string; readonly name: string } | null;
  /** The execution provider to use; null: the best that there is. */
  readonly engine: string | null;
  /** Input side of an earlier run with this backbone, so that its features are found again; null: to be chosen. */
  readonly side: number | null;
  /** Whether features are the mean over the image and its mirror image. Patch features always are. */
  readonly mirrored: boolean;
  readonly images: readonly TrainImage[];
  /** By their index. */
  readonly classes: readonly ClassId[];
  readonly multiLabel: boolean;
  readonly seed: number;
}

export interface TrainImage {
  readonly id: ImageId;
  /** Relative to the root. */
  readonly path: string;
  /** SHA-256 of the bytes where the file has not changed since it was read; null: to be read. */
  readonly hash: Uint8Array | null;
  /** Indices of its classes, ascending; empty: no label. */
  readonly label: readonly number[];
  /** Excluded images are scored, but the model does not learn from them. */
  readonly excluded: boolean;
}

/** Trains networks out of fold, or looks for the learning rate that they want. */
export interface FineTuneRequest extends Pick<
  TrainRequest,
  'root' | 'cacheFolder' | 'images' | 'classes' | 'multiLabel' | 'seed'
> {
  /** By their index. */
  readonly classNames: readonly string[];
  /** Null: the best that there is. */
  readonly engine: EngineName | null;
  readonly options: FineTuneOptions;
}

/** Draws what a network sees in training. */
export interface ShowBatchRequest extends Omit<ShowRequest, 'side'> {
  /** As `chooseNetwork` answered. */
  readonly network: string;
  /** As wished; a network that has one of its own keeps it. Null: its own. */
  readonly side: number | null;
}

export interface NetworkBatch extends ShownBatch {
  /** Of the network's input, in pixels. */
  readonly side: number;
}

/** A label or an exclusion changed since the training. */
export interface LabelChange {
  readonly image: ImageId;
  readonly label: readonly number[];
  readonly excluded: boolean;
}

/** Which of some images are most like one. */
export interface NearestRequest {
  readonly image: ImageId;
  /** Where they are sought: in each group by itself. */
  readonly groups: readonly (readonly ImageId[])[];
  /** At most so many of each group. */
  readonly count: number;
}

/** For each group the images, nearest first; `similarity` is the cosine in the head's standardised features. */
export type NearestImages = readonly (readonly { readonly image: ImageId; readonly similarity: number }[])[];

export type ToTrainer =
  | { readonly kind: 'train'; readonly id: number; readonly request: TrainRequest; readonly care: Care }
  | {
      readonly kind: 'update';
      readonly id: number;
      readonly changes: readonly LabelChange[];
      /** By their index now: there may be more of them. */
      readonly classes: readonly ClassId[];
    }
  | { readonly kind: 'nearest'; readonly id: number; readonly request: NearestRequest }
  | {
      readonly kind: 'fine-tune';
      readonly id: number;
      readonly request: FineTuneRequest;
      readonly care: Care;
    }
  | {
      readonly kind: 'find-rate';
      readonly id: number;
      readonly request: FineTuneRequest;
      readonly care: Care;
    }
  | {
      readonly kind: 'show-batch';
      readonly id: number;
      readonly request: ShowBatchRequest;
      readonly care: Care;
    }
  | { readonly kind: 'cancel'; readonly id: number };

/** What was found out about a file when it was read. */
export interface Finding {
  /** By its index in the request. */
  readonly image: number;
  readonly hash: Uint8Array | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Why the file can't be ranked. */
  readonly reason: string | null;
}

export type Phase = 'patches' | 'features' | 'head' | LearningPhase;
/** Of a fine-tuning; images are counted, over all folds. */
export type LearningPhase = 'pixels' | 'rate' | 'training' | 'scoring';

/** How well the labels fit that are not excluded. */
interface Fit {
  readonly meanLoss: number;
  readonly accuracy: number;
}

export interface Trained extends Fit {
  /** Of the images that could be read. */
  readonly scores: Scores;
  readonly backbone: {
    readonly id: string;
    readonly name: string;
    readonly side: number;
    readonly features: number;
  };
  readonly engine: string;
  readonly parameters: HeadParameters;
  /** Seconds. While images are decoded the backbone computes; `decodeWait` is how long it had to wait for them. */
  readonly timings: {
    readonly load: number;
    readonly features: number;
    readonly decode: number;
    readonly decodeWait: number;
    readonly inference: number;
    readonly head: number;
  };
  /** Images that were decoded now, not found in the cache. */
  readonly decoded: number;
}

/** What a fine-tuning tells besides how far it is. */
export type LearningNews =
  /** A sentence for the user: what computes, what was resumed. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'step'; readonly point: StepPoint }
  | { readonly kind: 'epoch'; readonly summary: EpochSummary }
  | { readonly kind: 'rate'; readonly finding: RateFinding };

export interface FineTuned extends Fit {
  /** Of every image out of fold, or by the mean of all networks where none has trained on it. */
  readonly scores: Scores;
  readonly engine: EngineName;
  readonly device: string;
  readonly network: string;
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

export type FromTrainer =
  | {
      readonly kind: 'progress';
      readonly id: number;
      readonly phase: Phase;
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'findings'; readonly id: number; readonly findings: readonly Finding[] }
  | { readonly kind: 'trained'; readonly id: number; readonly result: Trained }
  | { readonly kind: 'updated'; readonly id: number; readonly scores: Scores }
  | { readonly kind: 'nearest'; readonly id: number; readonly nearest: NearestImages }
  | { readonly kind: 'news'; readonly id: number; readonly news: LearningNews }
  | { readonly kind: 'fine-tuned'; readonly id: number; readonly result: FineTuned }
  | { readonly kind: 'rate-found'; readonly id: number; readonly finding: RateFinding }
  | { readonly kind: 'batch-shown'; readonly id: number; readonly batch: NetworkBatch }
  | { readonly kind: 'failed'; readonly id: number; readonly error: FailureData };
