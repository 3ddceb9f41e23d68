// A project that is open in the app: the images with their labels and scores in memory, one background task at a
// time, and a ranking that follows each decision. The store is the truth; what is here is derived from it.
import { join } from 'node:path';
import type {
  Card,
  ExportRequest,
  ExportResult,
  ImageDetails,
  ProjectState,
  QueueOrder,
  QueueQuery,
  Run,
  Task,
} from '../../shared/contract.ts';
import type { ClassId, ClassInfo, Decision, ImageId, Label, Verdict } from '../../shared/domain.ts';
import { Failure, type FailureData } from '../../shared/failure.ts';
import { exportTo } from '../export/export.ts';
import { Trainer } from '../learn/trainer.ts';
import type { LabelChange } from '../learn/protocol.ts';
import type { Spawn } from '../process/child.ts';
import { toRun } from '../review/compare.ts';
import { describeDecision } from '../review/decisions.ts';
import { exportRows } from '../review/export-rows.ts';
import { byLoss, queueOrder, type QueueItem } from '../review/queue.ts';
import { createRanking, rankingFromRun, scoreOf, type Ranking } from '../review/ranking.ts';
import { allImages, type ImageRow } from '../store/images.ts';
import {
  allClasses,
  allStandings,
  decide,
  ensureClass,
  eventLog,
  labelsVersion,
  reverse,
  sameLabel,
  undoable,
  type Standing,
} from '../store/labels.ts';
import { getProject } from '../store/project.ts';
import { latestRun } from '../store/runs.ts';
import { bringUpToDate, defaultSeed, type BaselinePhase, type BaselineOptions } from './baseline.ts';
import type { Project } from './open.ts';
import { estimateRate } from './rate.ts';
import { trainProject, type BackboneChoice, type TrainedProject, type TrainOptions } from './train.ts';

/** An image as the queue and the cards see it; label, verdict and scores change in place. */
type Item = { -readonly [K in keyof QueueItem]: QueueItem[K] } & { readonly row: ImageRow };

type TaskStart = Pick<Task, 'kind' | 'title' | 'unit'>;

const phases: Record<BaselinePhase, TaskStart> = {
  import: { kind: 'import', title: 'Looking at files', unit: 'files' },
  patches: { kind: 'features', title: 'Learning patch filters', unit: 'images' },
  features: { kind: 'features', title: 'Reading images', unit: 'images' },
  head: { kind: 'train', title: 'Fitting the head', unit: '%' },
};
const downloading: TaskStart = { kind: 'download', title: 'Downloading the backbone', unit: 'bytes' };
const exporting: TaskStart = { kind: 'export', title: 'Writing', unit: 'images' };

const hitsShown = 50;
const pairsShown = 8;

export interface LiveProjectOptions {
  readonly spawn: Spawn;
  readonly who: string;
  readonly onChange: (state: ProjectState) => void;
}

/** Reports progress of the running task; the title may change with each phase. */
type Report = (start: TaskStart, done: number, total: number | null) => void;

export class LiveProject {
  readonly #project: Project;
  readonly #trainer: Trainer;
  readonly #who: string;
  readonly #onChange: (state: ProjectState) => void;
  #items: readonly Item[] = [];
  #itemOf = new Map<ImageId, Item>();
  #problems = 0;
  #classes: readonly ClassInfo[] = [];
  #run: Run | null = null;
  #ranking: Ranking | null = null;
  #ranks: Map<ImageId, number> | null = null;
  #rankings = 0;
  #revision = 0;
  #reranking = false;
  #dirty = new Set<ImageId>();
  #stopFitting = new AbortController();
  #task: { state: Task; controller: AbortController; finished: Promise<void> } | null = null;
  #failure: FailureData | null = null;
  /** Why the ranking does not follow the decisions; the next one tries again. */
  #rankingFailure: FailureData | null = null;
  #notice: string | null = null;
  #lastExport: ExportResult | null = null;
  #closed = false;

  constructor(project: Project, { spawn, who, onChange }: LiveProjectOptions) {
    this.#project = project;
    this.#trainer = new Trainer(spawn);
    this.#who = who;
    this.#onChange = onChange;
    this.#load();
    const run = latestRun(project.db);
    if (run)
      this.#use(
        rankingFromRun(
          project.db,
          run,
          this.#classes.map(({ id }) => id),
        ),
      );
  }

  get project(): Project {
    return this.#project;
  }

  // Reading

  get state(): ProjectState {
    const { db, id, name, dataset, folder } = this.#project;
    return {
      id,
      name,
      dataset,
      folder,
      revision: this.#revision,
      multiLabel: this.#multiLabel,
      images: this.#items.length,
      problems: this.#problems,
      ...summarise(this.#items, this.#classes),
      run: this.#run && { ...this.#run, stale: this.#run.labelVersion !== labelsVersion(db) },
      stale: this.#ranking !== null && this.#ranking.version !== labelsVersion(db),
      ranking: this.#rankings,
      ...undoable(db),
      task: this.#task?.state ?? null,
      failure: this.#failure ?? this.#rankingFailure,
      notice: this.#notice,
      lastExport: this.#lastExport,
    };
  }

  order(query: QueueQuery): QueueOrder {
    return { ids: queueOrder(this.#items, query, this.#nameOf), ranking: this.#rankings };
  }

  cards(ids: readonly ImageId[]): Card[] {
    return ids.flatMap((id) => {
      const item = this.#itemOf.get(id);
      return item ? [this.#card(item)] : [];
    });
  }

  /** The images with the highest loss that nobody has looked at. */
  worst(count: number): Card[] {
    const { ids } = this.order({
      verdicts: ['none'],
      classes: [],
      predicted: null,
      splits: [],
      search: '',
      sort: 'loss',
    });
    return this.cards(ids.slice(0, count));
  }

  /** @throws Failure `not-found` */
  details(id: ImageId): ImageDetails {
    const item = this.#item(id);
    return {
      ...this.#card(item),
      bytes: item.row.size,
      history: eventLog(this.#project.db, id).map(({ at, who, kind, toVerdict, from, to }) => ({
        at,
        who,
        what: kind === 'decide' ? (toVerdict ?? 'clear') : kind,
        from,
        to,
      })),
    };
  }

  /** Where an image lies, and what its content is known by. */
  file(id: ImageId): { path: string; version: string } {
    const { row } = this.#item(id);
    return { path: join(this.#project.root, row.path), version: contentVersion(row) };
  }

  // Deciding

  /** @throws Failure `not-found` for an image that is not there; nothing is stored then. */
  decide(images: readonly ImageId[], decision: Decision): void {
    const items = [...new Set(images)].map((id) => this.#item(id));
    if (decision.verdict === 'relabel') this.#checkLabel(decision.label);
    this.#store(() =>
      decide(this.#project.db, {
        decisions: items.map(({ id }) => ({ image: id, decision })),
        who: this.#who,
        what: describeDecision(
          decision,
          items.map(({ path }) => path),
          this.#nameOf,
        ),
        context: (id) => ({
          run: this.#run?.id ?? null,
          rank: this.#rankOf(id),
          loss: this.#itemOf.get(id)?.loss ?? null,
        }),
      }),
    );
  }

  reverse(kind: 'undo' | 'redo'): void {
    this.#store(() => reverse(this.#project.db, kind, this.#who)?.standings ?? []);
  }

  /** The class of that name, made where it is new. */
  addClass(name: string): ClassInfo {
    const added = this.#project.store(() => ensureClass(this.#project.db, name));
    this.#classes = allClasses(this.#project.db);
    this.#changed();
    return added;
  }

  // Working

  /** Brings the project up to date in the background; trains where there is no run or it is stale, or always. */
  startTraining(
    when: 'if-stale' | 'always',
    options: Pick<BaselineOptions, 'source'> & {
      /** Undefined: as in the last run. Called within the task, since it may download. */
      readonly backbone?: (
        onProgress: (done: number, total: number | null) => void,
        signal: AbortSignal,
      ) => Promise<BackboneChoice | undefined>;
    } = {},
  ): void {
    this.#startTask(phases.import, async (report, signal) => {
      const backbone = await options.backbone?.((done, total) => report(downloading, done, total), signal);
      const { summary, trained } = await bringUpToDate(
        this.#project,
        this.#trainer,
        {
          source: options.source,
          who: this.#who,
          backbone,
          signal,
          onProgress: (phase, done, total) => {
            // The import is in the database by the time the next phase begins.
            if (phase !== this.#phase) {
              this.#phase = phase;
              if (phase !== 'import') this.#load();
            }
            report(phases[phase], done, total);
          },
        },
        when,
      );
      this.#load();
      if (summary.vanished > 0) {
        this.#notice = `${summary.vanished.toLocaleString('en')} images are no longer on disk. Their labels are kept, and come back with them.`;
      }
      // A ranking that is still right has no head yet: with one, the first decision re-ranks at once.
      if (trained) this.#useTrained(trained);
      else if (!this.#trainer.ready) {
        this.#useTrained(
          await this.#fitHead(signal, (phase, done, total) => report(phases[phase], done, total)),
        );
      }
    });
  }

  startExport(request: ExportRequest): void {
    this.#startTask(exporting, async (report, signal) => {
      const { dataset, root } = this.#project;
      const { notes, ...result } = await exportTo(
        request,
        { dataset, root, rows: exportRows(this.#project) },
        { signal, onProgress: (done, total) => report(exporting, done, total) },
      );
      this.#lastExport = result;
      if (notes.length > 0) this.#notice = notes.join(' ');
    });
  }

  cancelTask(): void {
    this.#task?.controller.abort(new Failure('cancelled', 'Cancelled. What was finished is kept.'));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.cancelTask();
    this.#stopFitting.abort();
    this.#trainer.close();
    await this.#task?.finished;
    this.#project.close();
  }

  // What only this file needs to know

  #phase: BaselinePhase = 'import';

  get #multiLabel(): boolean {
    return getProject(this.#project.db)?.multiLabel ?? false;
  }

  readonly #nameOf = (id: ClassId): string =>
    this.#classes.find((candidate) => candidate.id === id)?.name ?? `class ${id}`;

  #item(id: ImageId): Item {
    const item = this.#itemOf.get(id);
    if (item) return item;
    throw new Failure(
      'not-found',
      `There is no image ${id} in ${this.#project.name} any more. Nothing was changed.`,
    );
  }

  #checkLabel(label: Label): void {
    const known = new Set(this.#classes.map(({ id }) => id));
    const unknown = label.find((id) => !known.has(id));
    if (unknown !== undefined) {
      throw new Failure(
        'not-found',
        `There is no class ${unknown} in ${this.#project.name}. Nothing was changed.`,
      );
    }
    if (label.length > 1 && !this.#multiLabel) {
      throw new Failure('bad-request', 'An image of this data set has one label. Nothing was changed.');
    }
  }

  /** Runs a change of the store, and brings memory and ranking in step with it. */
  #store(change: () => readonly Standing[]): void {
    const version = labelsVersion(this.#project.db);
    for (const { image, label, verdict, decidedAt } of this.#project.store(change)) {
      const item = this.#itemOf.get(image);
      if (!item) continue;
      Object.assign(item, { label, verdict, decidedAt });
      if (labelsVersion(this.#project.db) !== version) this.#dirty.add(image);
    }
    this.#changed();
    void this.#rerank();
  }

  /** Reads images, classes and labels from the store. */
  #load(): void {
    const { db } = this.#project;
    const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
    const rows = allImages(db).filter(({ missing }) => !missing);
    this.#classes = allClasses(db);
    this.#problems = rows.filter(({ reason }) => reason !== null).length;
    this.#items = rows
      .filter(({ reason }) => reason === null)
      .map((row) => ({
        row,
        id: row.id,
        path: row.path,
        split: row.split,
        label: standings.get(row.id)?.label ?? row.importedLabel,
        verdict: standings.get(row.id)?.verdict ?? null,
        decidedAt: standings.get(row.id)?.decidedAt ?? null,
        loss: null,
        predicted: null,
        confidence: 0,
      }));
    this.#itemOf = new Map(this.#items.map((item) => [item.id, item]));
    const run = latestRun(db);
    this.#run = run && toRun(run, labelsVersion(db));
    if (this.#ranking) this.#score(this.#ranking);
  }

  /** Takes a training over. What people decided while it ran is left to the next re-ranking. */
  #useTrained({ trained, images, classes, standings, version }: TrainedProject): void {
    this.#use(createRanking(trained.scores, images, classes, version));
    this.#dirty = new Set(
      this.#items
        .filter(({ id, label, verdict }) => {
          const learnt = standings.get(id);
          return learnt && !teachTheSame(learnt, { label, verdict });
        })
        .map(({ id }) => id),
    );
  }

  #use(ranking: Ranking): void {
    this.#ranking = ranking;
    this.#rankings += 1;
    this.#score(ranking);
  }

  #score(ranking: Ranking): void {
    this.#ranks = null;
    for (const item of this.#items) {
      const score = scoreOf(ranking, item.id);
      item.loss = score?.loss ?? null;
      item.predicted = score?.predicted ?? null;
      item.confidence = score?.suggestions[0]?.probability ?? 0;
    }
  }

  #rankOf(id: ImageId): number | null {
    this.#ranks ??= new Map(
      this.#items
        .filter(({ loss, verdict }) => loss !== null && verdict !== 'exclude')
        .toSorted(byLoss)
        .map((item, index) => [item.id, index + 1]),
    );
    return this.#ranks.get(id) ?? null;
  }

  #card(item: Item): Card {
    const { row } = item;
    const score = this.#ranking && scoreOf(this.#ranking, item.id);
    const address = `${this.#project.id}/${row.id}?v=${contentVersion(row)}`;
    return {
      id: row.id,
      path: row.path,
      label: item.label,
      importedLabel: row.importedLabel,
      verdict: item.verdict,
      loss: score?.loss ?? null,
      probability: score?.probability ?? null,
      suggestions: score?.suggestions ?? [],
      rank: this.#rankOf(row.id),
      width: row.width,
      height: row.height,
      split: row.split,
      thumb: `/thumb/${address}`,
      image: `/image/${address}`,
    };
  }

  /**
   * Re-ranks after decisions; those that come meanwhile are taken in the next round. Where the trainer has no head (it
   * died, or a training was cancelled), it is fitted first.
   */
  async #rerank(): Promise<void> {
    if (this.#reranking || this.#task || !this.#ranking || this.#closed || this.#dirty.size === 0) return;
    this.#reranking = true;
    try {
      if (!this.#trainer.ready) await this.#fitQuietly();
      while (this.#dirty.size > 0 && !this.#task && this.#trainer.ready) await this.#updateRanking();
      this.#rankingFailure = null;
    } catch (error) {
      if (this.#closed || this.#task) return;
      this.#rankingFailure = toFailure(error);
    } finally {
      this.#reranking = false;
      if (!this.#closed) this.#changed();
    }
  }

  async #updateRanking(): Promise<void> {
    if (!this.#ranking) return;
    const { images, indexOf } = this.#ranking;
    const classes = this.#classes.map(({ id }) => id);
    const version = labelsVersion(this.#project.db);
    const taken = this.#dirty;
    this.#dirty = new Set();
    try {
      const changes = [...taken].flatMap((id) => this.#labelChange(id, indexOf, classes));
      const scores = await this.#trainer.update(changes, classes.length);
      this.#use(createRanking(scores, images, classes, version));
    } catch (error) {
      // The head does not know of them yet.
      for (const id of taken) this.#dirty.add(id);
      throw error;
    }
    if (this.#dirty.size > 0) this.#changed();
  }

  #labelChange(
    id: ImageId,
    indexOf: ReadonlyMap<ImageId, number>,
    classes: readonly ClassId[],
  ): LabelChange | readonly [] {
    const item = this.#itemOf.get(id);
    const image = indexOf.get(id);
    if (!item || image === undefined) return [];
    return {
      image,
      label: item.label.map((classId) => classes.indexOf(classId)),
      excluded: item.verdict === 'exclude',
    };
  }

  /** Beside everything else, and so only on images that are ranked already: their features are there. */
  async #fitQuietly(): Promise<void> {
    this.#stopFitting = new AbortController();
    const only = new Set(this.#ranking?.images);
    this.#useTrained(await this.#fitHead(this.#stopFitting.signal, () => {}, only));
  }

  /** Fits the head on the current labels without storing a run. */
  #fitHead(
    signal: AbortSignal,
    onProgress: TrainOptions['onProgress'],
    only?: ReadonlySet<ImageId>,
  ): Promise<TrainedProject> {
    const seed = this.#run?.seed ?? defaultSeed;
    return trainProject(this.#project, this.#trainer, { seed, signal, onProgress, only });
  }

  #startTask(start: TaskStart, work: (report: Report, signal: AbortSignal) => Promise<void>): void {
    if (this.#task) {
      throw new Failure(
        'busy',
        `${this.#task.state.title} is still running in ${this.#project.name}. Wait for it, or cancel it.`,
      );
    }
    const controller = new AbortController();
    let rate = estimateRate();
    const report: Report = (now, done, total) => {
      if (!this.#task) return;
      if (now.title !== this.#task.state.title) rate = estimateRate();
      this.#task.state = { ...now, done, total, ...rate.at(done, total) };
      this.#changed();
    };
    const run = async () => {
      try {
        await work(report, controller.signal);
      } catch (error) {
        this.#failure = toFailure(error);
      } finally {
        this.#task = null;
        if (!this.#closed) {
          this.#changed();
          void this.#rerank();
        }
      }
    };
    this.#stopFitting.abort();
    this.#failure = null;
    this.#rankingFailure = null;
    this.#phase = 'import';
    const state = { ...start, done: 0, total: null, rate: null, secondsLeft: null };
    this.#task = { state, controller, finished: Promise.resolve() };
    this.#task.finished = run();
    this.#changed();
  }

  #changed(): void {
    this.#revision += 1;
    this.#onChange(this.state);
  }
}

function teachTheSame(a: Pick<Standing, 'label' | 'verdict'>, b: typeof a): boolean {
  return sameLabel(a.label, b.label) && (a.verdict === 'exclude') === (b.verdict === 'exclude');
}

/** Counts that the rail and the foot of the page show. */
function summarise(
  items: readonly Item[],
  classes: readonly ClassInfo[],
): Pick<ProjectState, 'verdicts' | 'classes' | 'splits' | 'confused' | 'recentHits'> {
  const verdicts: Record<Verdict | 'none', number> = { none: 0, relabel: 0, keep: 0, exclude: 0, unsure: 0 };
  const images = new Map<ClassId, number>();
  const suspects = new Map<ClassId, number>();
  const pairs = new Map<string, { given: ClassId; predicted: ClassId; images: number }>();
  const splits = new Set<string>();
  for (const { label, verdict, split, predicted } of items) {
    verdicts[verdict ?? 'none'] += 1;
    if (split !== null) splits.add(split);
    if (verdict === 'exclude') continue;
    const contradicted =
      verdict === null && predicted !== null && label.length > 0 && !label.includes(predicted);
    for (const id of label) {
      images.set(id, (images.get(id) ?? 0) + 1);
      if (!contradicted) continue;
      suspects.set(id, (suspects.get(id) ?? 0) + 1);
      const pair = pairs.get(`${id} ${predicted}`) ?? { given: id, predicted, images: 0 };
      pair.images += 1;
      pairs.set(`${id} ${predicted}`, pair);
    }
  }
  return {
    verdicts,
    classes: classes.map(({ id, name }) => ({
      id,
      name,
      images: images.get(id) ?? 0,
      suspects: suspects.get(id) ?? 0,
    })),
    splits: [...splits].toSorted(),
    confused: [...pairs.values()]
      .toSorted((a, b) => b.images - a.images || a.given - b.given || a.predicted - b.predicted)
      .slice(0, pairsShown),
    recentHits: items
      .filter(({ verdict, decidedAt }) => decidedAt !== null && verdict !== null && verdict !== 'unsure')
      .toSorted((a, b) => (a.decidedAt ?? 0) - (b.decidedAt ?? 0))
      .slice(-hitsShown)
      .map(({ verdict }) => verdict !== 'keep'),
  };
}

/** Changes when the file's content does. */
function contentVersion({ id, hash, size, mtimeMs }: ImageRow): string {
  return hash ? hash.toString('hex').slice(0, 16) : `${id}-${size}-${Math.trunc(mtimeMs)}`;
}

function toFailure(error: unknown): FailureData {
  if (error instanceof Failure) return { code: error.code, message: error.message };
  console.error(error);
  return {
    code: 'internal',
    message: `Something unexpected happened (${error instanceof Error ? error.message : String(error)}). Your labels are stored.`,
  };
}
