// What the trainer process is asked for and what it answers: plain data. Scores and changes name images and classes by
// their ids; labels are indices of the request's classes, and findings of its images.
import type { ClassId, ImageId } from '../../shared/domain.ts';
import type { FailureData } from '../../shared/failure.ts';
import type { Scores } from '../../shared/scores.ts';
import type { RateFinding } from '../../shared/training.ts';
import type { Phase } from '../../shared/work.ts';
import type { Care } from '../features/extraction/care.ts';
import type { TrainImage } from '../features/extraction/images.ts';
import type { HeadParameters } from '../head/head.ts';
import type {
  FineTuned,
  FineTuneRequest,
  LearningFound,
  NetworkBatch,
  ShowBatchRequest,
  SummaryStep,
} from '../networks/index.ts';

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

export interface Trained {
  /** Of the images that could be read. */
  readonly scores: Scores;
  /** How well the labels fit that are not excluded. */
  readonly meanLoss: number;
  readonly accuracy: number;
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

export interface UpdateRequest {
  readonly changes: readonly LabelChange[];
  /** By their index now: there may be more of them. */
  readonly classes: readonly ClassId[];
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

/** What reads images: it takes long, can be cancelled, and may meet a file that kills the process. */
export interface Jobs {
  train: (request: TrainRequest) => Trained;
  fineTune: (request: FineTuneRequest) => FineTuned;
  findRate: (request: FineTuneRequest) => RateFinding;
  showBatch: (request: ShowBatchRequest) => NetworkBatch;
  summarise: (request: FineTuneRequest) => readonly SummaryStep[];
}

/** What the head of the last training is asked, which answers at once. */
export interface Looks {
  update: (request: UpdateRequest) => Scores;
  nearest: (request: NearestRequest) => NearestImages;
}

export interface Requests extends Jobs, Looks {}

export type Question =
  | { [K in keyof Jobs]: Asked<Jobs, K> & { readonly care: Care } }[keyof Jobs]
  | { [K in keyof Looks]: Asked<Looks, K> }[keyof Looks];

export interface Asked<
  Requests extends Record<keyof Requests, (request: never) => unknown>,
  K extends keyof Requests,
> {
  readonly kind: K;
  readonly request: Parameters<Requests[K]>[0];
}

export type Answer<Result = unknown> = { readonly result: Result } | { readonly failure: FailureData };

/** What comes before the answer. */
export type Told =
  | { readonly kind: 'progress'; readonly phase: Phase; readonly done: number; readonly total: number | null }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'found'; readonly found: LearningFound };
