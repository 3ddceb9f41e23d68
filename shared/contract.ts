// The contract between page and main: one map of call names to function types, one of event names to payloads.
// Adding a call is one line here and one handler in main/api/; forgetting either does not compile.
import type {
  ClassId,
  ClassInfo,
  Decision,
  ImageId,
  Label,
  ProjectId,
  RunId,
  Suggestion,
  Verdict,
} from './domain.ts';
import type { FailureData } from './failure.ts';
import type { FindingKind } from './findings.ts';
import type { Standing } from './label.ts';
import type { Phase } from './work.ts';
import type {
  FineTuneOptions,
  LearningRequest,
  NetworkEngine,
  RateFinding,
  TrainingCurves,
} from './training.ts';

export interface Calls {
  'app.info': () => AppInfo;
  /** Lists a folder of this machine for the folder browser; null: the user's home. */
  'folders.list': (folder: string | null) => FolderListing;
  'projects.recent': () => RecentProject[];
  /** Takes a project off the list of recent ones. Nothing is deleted. */
  'projects.forget': (dataset: string) => void;
  /** Opens a data set (folder or CSV), imports what is new and trains what is missing in the background. */
  'project.open': (request: OpenRequest) => ProjectState;
  /** The backups of a data set's labels that it can go back to, newest first. */
  'project.backups': (dataset: string) => Backup[];
  /** Goes back to a backup and opens the data set. What was there is moved aside, never deleted. */
  'project.restore': (dataset: string, backup: string) => ProjectState;
  /** Draws the sample data set where it is missing, and opens it. */
  'project.sample': () => ProjectState;
  /** Stops drawing the sample. Nothing of it is kept. */
  'sample.cancel': () => void;
  'project.state': (project: ProjectId) => ProjectState;
  /** Ids of all images that the query selects, in its order. */
  'queue.order': (project: ProjectId, query: QueueQuery) => QueueOrder;
  /** One card an id, in the order asked for; ids that are no longer there are left out. At most 500. */
  'queue.cards': (project: ProjectId, images: ImageId[]) => Card[];
  'image.details': (project: ProjectId, image: ImageId) => ImageDetails;
  /** What to compare the image with; `suggested`: the class in question, null: only the given label. */
  'image.evidence': (project: ProjectId, image: ImageId, suggested: ClassId | null) => Evidence;
  'insights.read': (project: ProjectId) => Insights;
  /** Label events, newest first, 100 a page; `before`: the id of the last event of the page before. */
  'history.read': (project: ProjectId, before: number | null) => HistoryPage;
  /** Stores decisions, one undo step each: all of them, or none. Durable when it answers. */
  'labels.decide': (project: ProjectId, decisions: readonly DecisionOn[]) => ProjectChange;
  'labels.undo': (project: ProjectId) => ProjectChange;
  'labels.redo': (project: ProjectId) => ProjectChange;
  /** The class of that name, made where it is new. */
  'classes.add': (project: ProjectId, name: string) => ClassInfo;
  /** What a change would do. Nothing is stored. */
  'classes.preview': (project: ProjectId, change: ClassChange) => ClassChangePreview;
  /** Changes the labels of all images that the change is about, as one undo step. It is not a verdict on any of them. */
  'classes.change': (project: ProjectId, change: ClassChange) => ProjectChange;
  /** Imports what changed on disk and trains a new run on the current labels, as a background task. */
  'runs.train': (project: ProjectId, backbone: string | null) => ProjectChange;
  /**
   * Imports what changed on disk, trains networks out of fold and stores a run, as a background task. One that was
   * interrupted goes on where it stopped, if options and labels are the same.
   */
  'learning.train': (project: ProjectId, request: LearningRequest) => ProjectChange;
  /** Looks for the learning rate, as a background task; the curve so far is in `learning.read`. */
  'learning.findRate': (project: ProjectId, request: LearningRequest) => ProjectChange;
  /** Draws some images as a network sees them in an epoch, from 0, as a background task: see `learning.read`. */
  'learning.showBatch': (project: ProjectId, request: LearningRequest, epoch: number) => ProjectChange;
  'learning.read': (project: ProjectId) => Learning;
  /** The backbones that are known by name, the strongest first. */
  'backbones.list': () => BackboneModel[];
  /** The engines for networks, best first, each tried: takes seconds. */
  'engines.list': () => NetworkEngine[];
  'runs.list': (project: ProjectId) => Run[];
  /** How the networks of a fine-tuned run were trained. */
  'runs.training': (project: ProjectId, run: RunId) => Training;
  'runs.compare': (project: ProjectId, before: RunId, after: RunId) => RunComparison;
  /** Asks the running task to stop. What it has finished is kept. */
  'task.cancel': (project: ProjectId) => void;
  'problems.list': (project: ProjectId) => Problem[];
  /** Exports in the background; the result is in the state's `lastExport`. */
  'export.start': (project: ProjectId, request: ExportRequest) => ProjectChange;
  /** Where the files of excluded images are, and what moving them would do. Nothing is touched. */
  'excluded.files': (project: ProjectId) => ExcludedFiles;
  /** Moves the files of excluded images in the background; the result is in the state's `lastMove`. */
  'excluded.move': (project: ProjectId, to: MoveTarget) => ProjectChange;
}

export interface Events {
  /** Anything in a project's state changed: a verdict, a task's progress, new scores. */
  'project.changed': ProjectChange;
  /** How far the sample is drawn, which has no project yet. */
  'sample.drawing': Task;
}

export type CallName = keyof Calls;
export type Reply<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: FailureData };
/** What `POST /call/<name>` is answered from. */
export type Handlers = {
  [K in CallName]: (...args: Parameters<Calls[K]>) => ReturnType<Calls[K]> | Promise<ReturnType<Calls[K]>>;
};
/** What the page calls. */
export type Client = { [K in CallName]: (...args: Parameters<Calls[K]>) => Promise<ReturnType<Calls[K]>> };
/** One line of `GET /events`: newline-delimited JSON, numbered; `GET /events?after=N` resumes after N. */
export type EventMessage =
  | {
      [K in keyof Events]: { readonly sequence: number; readonly name: K; readonly payload: Events[K] };
    }[keyof Events]
  /** The numbers asked for are gone (or from an earlier start): read all state anew. */
  | { readonly sequence: number; readonly name: 'reset' };

/** One decision, and the images that it is about. */
export interface DecisionOn {
  readonly images: readonly ImageId[];
  readonly decision: Decision;
}

export interface AppInfo {
  readonly version: string;
  readonly shell: 'desktop' | 'browser';
  /** What computes, in words: "CPU · 2 cores". */
  readonly device: string;
  /** A data set that was named at the start, to open at once. */
  readonly dataset: string | null;
}

export interface FolderListing {
  readonly folder: string;
  /** Null at the top. */
  readonly parent: string | null;
  readonly entries: readonly FolderEntry[];
  /** Places to jump to: home, current folder, drives. */
  readonly places: readonly { readonly name: string; readonly path: string }[];
}

/** A subfolder, or a CSV file: what can be opened. */
export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'folder' | 'csv';
}

export interface RecentProject {
  readonly id: ProjectId;
  readonly dataset: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  readonly images: number;
  readonly reviewed: number;
  /** Images whose prediction contradicts their label and that nobody has looked at; null: not yet ranked. */
  readonly suspects: number | null;
  /** Addresses of small pictures of the worst images, at most three; none before their thumbnails were made. */
  readonly previews: readonly string[];
  /** Set where the data set is no longer there. */
  readonly missing: boolean;
}

export interface OpenRequest {
  readonly dataset: string;
  /** A CSV of labels for a folder data set. */
  readonly labels?: string;
  /** Regular expression with the named groups `label` and, optionally, `split`, matched against the relative path. */
  readonly pattern?: string;
}

export interface Backup {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Images that have a verdict in it. */
  readonly verdicts: number;
  /** Images whose label or verdict is another one than now; null where what is there now can't be read. */
  readonly differ: number | null;
}

export interface ProjectState {
  readonly id: ProjectId;
  readonly name: string;
  readonly dataset: string;
  /** Where the labels are stored. */
  readonly folder: string;
  /** Grows with every change of state: a page drops older states that arrive late. */
  readonly revision: number;
  readonly multiLabel: boolean;
  /** Images in the data set (without problems and vanished ones). */
  readonly images: number;
  readonly problems: number;
  /** Images by verdict; `none` are still to review. */
  readonly verdicts: Readonly<Record<Verdict | 'none', number>>;
  /** Those that images carry, and new ones. */
  readonly classes: readonly ClassCount[];
  /** Those that no image carries any more: names for the history, not to be offered. */
  readonly formerClasses: readonly ClassInfo[];
  readonly splits: readonly string[];
  /** Pairs of classes, most frequent first, at most 8: given label, class predicted instead, images not yet reviewed. */
  readonly confused: readonly {
    readonly given: ClassId;
    readonly predicted: ClassId;
    readonly images: number;
  }[];
  readonly run: Run | null;
  /** True where the ranking in use does not include all label changes. It is false once the trainer has re-ranked. */
  readonly stale: boolean;
  /** Grows with each re-ranking. */
  readonly ranking: number;
  /** Grows with each change of a label or a verdict, whoever made it. */
  readonly decided: number;
  /** What undo and redo would take back or do again: "relabel roses/1.jpg as daisy". */
  readonly undo: string | null;
  readonly redo: string | null;
  /** The last verdicts, oldest first, at most 50: true where the label was found wrong. */
  readonly recentHits: readonly boolean[];
  /** When to stop reviewing; null before the first ranking. */
  readonly stop: StopSignal | null;
  readonly task: Task | null;
  /** What the task that is running is for, or the last one was; null: there was none since the app was started. */
  readonly work: WorkKind | null;
  /** Why the last task ended without its result; null after one that went well. */
  readonly failure: FailureData | null;
  /** Grows, a few times a second at most, with what `learning.read` has to tell. */
  readonly learning: number;
  /** A notice that needs no action: a restored backup, an import that found new files. */
  readonly notice: string | null;
  readonly lastExport: ExportResult | null;
  /** Whether there is a fine-tuned network to export. */
  readonly hasNetwork: boolean;
  readonly lastMove: MoveResult | null;
}

export type WorkKind = 'baseline' | 'fine-tuning' | 'rate' | 'batch' | 'export' | 'move';

export interface StopSignal {
  /** Wrong labels that probably remain among the images that nobody has looked at, with a plausible range (90 %). */
  readonly errorsLeft: number;
  readonly low: number;
  readonly high: number;
  /** Share of the last 50 verdicts that found a wrong label; null before 10 verdicts. */
  readonly hitRate: number | null;
  /** Verdicts a minute over the last 5 minutes of activity; null before 5 verdicts. */
  readonly pace: number | null;
  /** Rank past which, however far one looks, most labels are probably right: 0 already now; null with nothing left to look at. */
  readonly worthwhile: number | null;
}

export interface ClassCount extends ClassInfo {
  /** Images that carry the class now, without excluded ones. */
  readonly images: number;
  /** Of these: not yet reviewed, and the prediction contradicts the label. */
  readonly suspects: number;
}

/** Long work that is running. */
export interface Task {
  readonly phase: Phase;
  /** "Reading images", with the unit of `done` and `total` in `unit`. */
  readonly title: string;
  readonly unit: string;
  readonly done: number;
  /** Null while unknown. */
  readonly total: number | null;
  /** Units a second, smoothed; null while unknown. */
  readonly rate: number | null;
  readonly secondsLeft: number | null;
}

export interface QueueQuery {
  /** Only these verdicts; `none`: not yet reviewed. Empty: all. */
  readonly verdicts: readonly (Verdict | 'none')[];
  /** Only images that carry one of these classes. Empty: all. */
  readonly classes: readonly ClassId[];
  /** Only images whose best class is this one; null: all. */
  readonly predicted: ClassId | null;
  readonly splits: readonly string[];
  /** Part of the path or of a class name, case-insensitive. Empty: all. */
  readonly search: string;
  /** Only losses from here to there, in nats, both included; null: no bound. Without a loss an image is in no range. */
  readonly lossFrom: number | null;
  readonly lossTo: number | null;
  /** Only images that this check found; null: all. */
  readonly finding: FindingKind | null;
  readonly sort: 'loss' | 'class' | 'file' | 'verdict';
}

export interface QueueOrder {
  readonly ids: readonly ImageId[];
  /** The `ranking` that the order was made from. */
  readonly ranking: number;
  /** The cards of the first of them, so that what is seen first needs no other question. */
  readonly first: readonly Card[];
}

export interface Card {
  readonly id: ImageId;
  /** Relative to the data set's root, with `/`. */
  readonly path: string;
  readonly label: Label;
  /** The label that the data set came with. */
  readonly importedLabel: Label;
  /** The label that it has without a verdict: the same, unless a change of classes made it another. */
  readonly base: Label;
  readonly verdict: Verdict | null;
  /** Cross-entropy of the given label in nats, out of sample; null where not ranked. */
  readonly loss: number | null;
  /** Out-of-sample probability of the given label. */
  readonly probability: number | null;
  /** The best other classes, best first, at most nine. */
  readonly suggestions: readonly Suggestion[];
  /** 1: highest loss of all images that are ranked and not excluded; null where not ranked. */
  readonly rank: number | null;
  /** After EXIF orientation; null before the first decode. */
  readonly width: number | null;
  readonly height: number | null;
  readonly split: string | null;
  /** `/thumb/…` and `/image/…` of this content; changes when the file changes. */
  readonly thumb: string;
  readonly image: string;
}

export interface ImageDetails extends Card {
  readonly history: readonly LabelEvent[];
  readonly bytes: number;
}

/** The nearest images in feature space that the model and their label agree on, nearest first, at most six each. */
export interface Evidence {
  /** Those that carry the given label. */
  readonly given: readonly Neighbour[];
  /** Those that carry the suggested class. */
  readonly suggested: readonly Neighbour[];
}

export interface Neighbour {
  readonly card: Card;
  /** Cosine of the angle between the two images' features, from -1 to 1. */
  readonly similarity: number;
}

export interface LabelEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly who: string;
  /** "relabel", "keep", "undo relabel", "import" … */
  readonly what: string;
  readonly from: Label;
  readonly to: Label;
}

export interface HistoryPage {
  readonly events: readonly (LabelEvent & {
    readonly id: number;
    /** Events of one step were stored, and are undone, together. */
    readonly step: number;
    readonly image: ImageId;
    readonly path: string;
    readonly kind: 'decide' | 'class' | 'import' | 'undo' | 'redo';
  })[];
  /** What the next page comes before; null: this is the last. */
  readonly next: number | null;
}

export type ClassChange =
  /** A name that another class has makes it a merge into that class; the preview says so. */
  | { readonly kind: 'rename'; readonly class: ClassId; readonly name: string }
  | { readonly kind: 'merge'; readonly class: ClassId; readonly into: ClassId }
  /** The images lose the class; without another they have no label. */
  | { readonly kind: 'delete'; readonly class: ClassId }
  /** The images get this class, new or not, in place of the label that they have. */
  | { readonly kind: 'split'; readonly images: readonly ImageId[]; readonly name: string };

export interface ClassChangePreview {
  /** Images whose label changes, excluded ones among them. */
  readonly images: number;
  readonly excluded: number;
  /** One sentence. */
  readonly what: string;
  /** At most six. */
  readonly examples: readonly Card[];
}

export interface Insights {
  readonly classes: readonly ClassId[];
  /** Images by given class (row) and predicted class, in the order of `classes`: ranked, labelled, not excluded. */
  readonly confusion: readonly (readonly number[])[];
  /** Edges of the bins of loss, from 0 to the highest: one more than there are bins. */
  readonly edges: readonly number[];
  /** Images by bin: of each class, and those already reviewed of all. */
  readonly histogram: readonly { readonly class: ClassId; readonly counts: readonly number[] }[];
  readonly reviewed: readonly number[];
  /** Loss by rank, at most 400 points from the first rank to the last. */
  readonly curve: readonly { readonly rank: number; readonly loss: number }[];
}

/** What turns images into features. */
export interface BackboneModel {
  readonly name: string;
  /** To download. */
  readonly bytes: number;
  /** Of the weights; null: there are none. */
  readonly licence: string | null;
  /** What it is good for, in a few words. */
  readonly gain: string;
  readonly here: boolean;
}

export interface Run {
  readonly id: RunId;
  readonly at: number;
  /** "mobilenet_v1_pw12", "patches"; of a fine-tuned run the network: "resnet18". */
  readonly backbone: string;
  /** Whether networks were trained for it, instead of a head on features. */
  readonly fineTuned: boolean;
  readonly engine: string;
  readonly seed: number;
  readonly images: number;
  readonly seconds: number;
  /** Mean out-of-sample loss of the given labels at the time. */
  readonly meanLoss: number;
  /** Share of images whose best class is the given label, out of sample. */
  readonly accuracy: number;
  /** Label changes up to which this run knows: stale when lower than the project's. */
  readonly labelVersion: number;
  readonly stale: boolean;
}

/** Networks in training, or trained. */
export interface Training {
  readonly options: FineTuneOptions;
  /** What computes, what was gone on with, what was tried where it failed; oldest first. */
  readonly notes: readonly string[];
  readonly curves: TrainingCurves;
  /** With how many epochs to train again from scratch; null where the validation loss has not turned, or is not known yet. */
  readonly recommendedEpochs: number | null;
}

/** What networks do or did in this project since the app was started; null: nothing of the kind. */
export interface Learning {
  readonly training: LiveTraining | null;
  readonly rate: (LearningWork & { readonly finding: RateFinding; readonly notes: readonly string[] }) | null;
  readonly batch: (LearningWork & { readonly sheet: BatchSheet | null }) | null;
}

export interface LiveTraining extends Training, LearningWork {
  /** What came of it; null: nothing yet. */
  readonly run: RunId | null;
}

export interface LearningWork {
  /** What was asked for; the same again goes on where it stopped. */
  readonly request: LearningRequest;
  readonly running: boolean;
  /** Why it ended without its result. */
  readonly failure: FailureData | null;
}

/** A picture of some images as the network sees them, labels on top. */
export interface BatchSheet {
  /** Address of the picture. */
  readonly address: string;
  readonly labels: readonly string[];
  readonly epoch: number;
  /** Of the network's input, and of the square that each image was sampled from, in pixels. */
  readonly side: number;
  readonly presized: number;
  /** Images that were drawn but could not be decoded, with the reason. */
  readonly leftOut: readonly Problem[];
}

export interface RunComparison {
  readonly before: Run;
  readonly after: Run;
  /** Accuracy of each run's out-of-sample predictions, on three sets of labels kept apart. Null where there are none. */
  readonly accuracy: readonly {
    readonly on: 'original' | 'corrected' | 'confirmed';
    readonly images: number;
    readonly before: number | null;
    readonly after: number | null;
    /** 95 % intervals (Wilson). */
    readonly beforeInterval: readonly [number, number] | null;
    readonly afterInterval: readonly [number, number] | null;
  }[];
  /** Images that both runs ranked. */
  readonly compared: number;
  /** Images whose rank changed by more than 1 % of the ranked images. */
  readonly moved: number;
  /** The images that moved furthest, at most 50. */
  readonly furthest: readonly {
    readonly id: ImageId;
    readonly path: string;
    readonly from: number;
    readonly to: number;
  }[];
}

export interface Problem {
  readonly path: string;
  readonly reason: string;
}

export interface ExportRequest {
  /** `model`: the network that was fine-tuned last. */
  readonly format: 'csv' | 'folder' | 'changes' | 'model';
  /** Absolute path of the file or folder to write. It must not exist yet. */
  readonly to: string;
  /** For `folder`: copies, or hard links (same file system only). */
  readonly link?: boolean;
}

export interface ExportResult {
  readonly to: string;
  readonly format: ExportRequest['format'];
  /** Images, changes, or files of the model written. */
  readonly written: number;
  /** Excluded images that were left out. */
  readonly excluded: number;
}

export interface ExcludedFiles {
  /** Excluded images in the data set, with the first six. */
  readonly inSet: FileCount;
  readonly examples: readonly Card[];
  /** Of `inSet`: those that were never read, and so stay. */
  readonly unread: number;
  /** What was moved out of the data set and can be put back. */
  readonly out: FileCount;
  /** Absolute path of the folder that they are moved to. */
  readonly trash: string;
  /** Whether this shell can hand files on to the system's trash. */
  readonly systemTrash: boolean;
}

export interface FileCount {
  readonly files: number;
  readonly bytes: number;
}

/** Out of the data set, to the project's trash/; from there back into it; or from there on to the system's trash. */
export type MoveTarget = 'trash' | 'dataset' | 'system-trash';

export interface MoveResult {
  readonly to: MoveTarget;
  readonly moved: number;
  /** Files that were put back under another name, since another file has theirs: how many, and the first ones. */
  readonly renamed: number;
  readonly newNames: readonly { readonly path: string; readonly now: string }[];
  /** Files that stayed where they were: how many, and why, for the first ones. */
  readonly stayed: number;
  readonly reasons: readonly { readonly path: string; readonly reason: string }[];
}

export type { ClassId, ClassInfo, Decision, ImageId, Label, ProjectId, RunId, Suggestion, Verdict };

/** What changed of a project's state: events and answers tell this much. */
export interface ProjectChange {
  readonly id: ProjectId;
  /** The revision that it is a change of. It says the same of any later one before `revision`. */
  readonly from: number;
  readonly revision: number;
  /** The parts that are others now, whole; where the same classes are there still, not the classes. */
  readonly parts: Partial<Omit<ProjectState, 'id' | 'revision'>>;
  /** The classes whose counts or names are others now. */
  readonly classes: readonly ClassCount[];
  /** Images whose label or verdict changed, and how they stand now: all of them, or the first of very many. */
  readonly images: readonly ImageStanding[];
  /** True where the cards of others changed too: they are to be read anew. */
  readonly andMore: boolean;
}

export interface ImageStanding extends Standing {
  readonly id: ImageId;
}
