// A project that is open in the app: the images with their labels and scores in memory, one background task at a
// time, and a ranking that follows each decision. The store is the truth; what is here is derived from it.
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type {
  Card,
  ClassChange,
  ClassChangePreview,
  DecisionOn,
  Evidence,
  ExportRequest,
  ExcludedFiles,
  ExportResult,
  HistoryPage,
  ImageDetails,
  Insights,
  MoveResult,
  MoveTarget,
  ProjectState,
  QueueOrder,
  QueuePage,
  QueueQuery,
  Run,
  Task,
  WorkKind,
} from '../../shared/contract.ts';
import type { ClassId, ClassInfo, ImageId, Label } from '../../shared/domain.ts';
import type { LearningRequest } from '../../shared/training.ts';
import { worstFirst } from '../../shared/query.ts';
import { Failure, type FailureData } from '../../shared/failure.ts';
import { exportTo } from '../export/export.ts';
import { Trainer } from '../learn/trainer.ts';
import type { LabelChange } from '../learn/protocol.ts';
import type { Spawn } from '../process/child.ts';
import { describeChange, foretellChange, relabelled, resolveChange } from '../review/classChange.ts';
import { Collection, toItem, type Item } from '../review/collection.ts';
import { toRun } from '../review/compare.ts';
import { describeDecision } from '../review/decisions.ts';
import { exportSource } from '../review/exportSource.ts';
import { readInsights } from '../review/insights.ts';
import { createRanking, rankingFromRun, scoreOf, type Ranking } from '../review/ranking.ts';
import { allImages, getImage, type ImageRow } from '../store/images.ts';
import {
  allClasses,
  changeClasses,
  decide,
  ensureClass,
  eventLog,
  eventsBefore,
  labelsVersion,
  reverse,
  sameLabel,
  undoable,
  type DecisionRequest,
  type LoggedEvent,
  type Standing,
} from '../store/labels.ts';
import { countProblems, presentImages, repeatedImages } from '../store/present.ts';
import { getProject } from '../store/project.ts';
import { latestRun } from '../store/runs.ts';
import { bringUpToDate, defaultSeed, type BaselinePhase, type BaselineOptions } from './baseline.ts';
import {
  discardExcluded,
  excludedFiles,
  moveExcludedOut,
  putExcludedBack,
  trashOf,
  type MoveOptions,
  type MoveReport,
  type TrashItem,
} from './excluded.ts';
import { fineTunedModel } from './fineTune.ts';
import type { ImportSummary } from './import.ts';
import { ProjectLearning } from './learning.ts';
import type { Project } from './open.ts';
import { estimateRate } from './rate.ts';
import { downloading, exporting, moving, phases, toFailure, type Report, type TaskStart } from './tasks.ts';
import { trainProject, type BackboneChoice, type TrainedProject, type TrainOptions } from './train.ts';

/**
 * A page that opens a ranked project asks for cards and pictures: the disk is looked at once it asks for no more, or has
 * not begun to ask, but not much later.
 */
const pageQuietMs = 300;
const pageBeginsMs = 1200;
const pageFirstMs = 3000;
/** More than a usual window shows. */
const cardsWithOrder = 60;
const neighboursShown = 6;
const examplesShown = 6;
const eventsPerPage = 100;
const filesNamed = 20;

export interface LiveProjectOptions {
  readonly spawn: Spawn;
  readonly trashItem?: TrashItem | undefined;
  readonly who: string;
  readonly onChange: (state: ProjectState) => void;
}

export class LiveProject {
  /** What networks do. */
  readonly learning: ProjectLearning;
  readonly #project: Project;
  readonly #trainer: Trainer;
  readonly #trashItem: TrashItem | undefined;
  readonly #who: string;
  readonly #onChange: (state: ProjectState) => void;
  #images = new Collection([], { nameOf: () => '', multiLabel: false, findRepeated: () => [] });
  #problems = 0;
  /** All that there ever were, in the order that the trainer knows them by. */
  #classes: readonly ClassInfo[] = [];
  #nameOfClass: ReadonlyMap<ClassId, string> = new Map();
  /** Classes that were made here, and may not have an image yet. */
  readonly #added = new Set<ClassId>();
  #run: Run | null = null;
  #ranking: Ranking | null = null;
  #rankings = 0;
  #revision = 0;
  #reranking = false;
  #fitting: Promise<void> | null = null;
  #stopFitting = new AbortController();
  #dirty = new Set<ImageId>();
  #task: { state: Task; controller: AbortController; finished: Promise<void> } | null = null;
  #work: WorkKind | null = null;
  #failure: FailureData | null = null;
  /** Why the ranking does not follow the decisions; the next one tries again. */
  #rankingFailure: FailureData | null = null;
  #notice: string | null = null;
  #lastExport: ExportResult | null = null;
  #hasNetwork = false;
  #lastMove: MoveResult | null = null;
  #closed = false;
  /** When a page last asked for something to show. */
  #askedAt = 0;
  /** While a page that opens the project gets its list: the estimate of the errors left can wait. */
  #listFirst = false;

  /** Reads a project in parts: what a page asks for meanwhile is answered. */
  static async open(project: Project, options: LiveProjectOptions): Promise<LiveProject> {
    const live = new LiveProject(project, options);
    live.#listFirst = true;
    const items: Item[] = [];
    for (const part of presentImages(project.db)) {
      items.push(...part.map(toItem));
      await setImmediate();
    }
    live.#take(items);
    await setImmediate();
    live.#useStored();
    await setImmediate();
    return live;
  }

  private constructor(project: Project, { spawn, trashItem, who, onChange }: LiveProjectOptions) {
    this.#project = project;
    this.#trainer = new Trainer(spawn);
    this.#trashItem = trashItem;
    this.#who = who;
    this.#onChange = onChange;
    this.learning = new ProjectLearning(project, spawn, () => {
      if (!this.#closed) this.#changed();
    });
  }

  get project(): Project {
    return this.#project;
  }

  /** False where labels.db was moved or replaced while it was open: then nothing can be stored. */
  get isInPlace(): boolean {
    try {
      this.#project.checkPlace();
      return true;
    } catch (error) {
      if (error instanceof Failure) return false;
      throw error;
    }
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
      images: this.#images.items.length,
      problems: this.#problems,
      ...this.#images.summary(
        this.#classes.filter(({ id }) => this.#isShown(id)),
        { lookAhead: !this.#listFirst },
      ),
      formerClasses: this.#classes.filter(({ id }) => !this.#isShown(id)),
      run: this.#run && { ...this.#run, stale: this.#run.labelVersion !== labelsVersion(db) },
      stale: this.#ranking !== null && this.#ranking.version !== labelsVersion(db),
      ranking: this.#rankings,
      ...undoable(db),
      task: this.#task?.state ?? null,
      work: this.#work,
      learning: this.learning.version,
      failure: this.#failure ?? this.#rankingFailure,
      notice: this.#notice,
      lastExport: this.#lastExport,
      hasNetwork: this.#hasNetwork,
      lastMove: this.#lastMove,
    };
  }

  order(query: QueueQuery): QueueOrder {
    const ids = this.#images.order(query);
    return { ids, ranking: this.#rankings, first: this.cards(ids.slice(0, cardsWithOrder)) };
  }

  /** @throws Failure `not-found` where the image to go on after is not in the project. */
  page(query: QueueQuery, after: ImageId | null, count: number): QueuePage {
    const from = after === null ? null : this.#item(after);
    return { ...this.#images.page(query, from, count), ranking: this.#rankings };
  }

  cards(ids: readonly ImageId[]): Card[] {
    this.#askedAt = performance.now();
    return ids.flatMap((id) => {
      const item = this.#images.get(id);
      return item ? [this.#card(item)] : [];
    });
  }

  /** The images with the highest loss that nobody has looked at. */
  worst(count: number): Card[] {
    const { ids } = this.page(worstFirst, null, count);
    return this.cards(ids);
  }

  /** @throws Failure `not-found` */
  details(id: ImageId): ImageDetails {
    return {
      ...this.#card(this.#item(id)),
      bytes: this.#row(id).size,
      history: eventLog(this.#project.db, id).map(toEvent),
    };
  }

  /**
   * The images to compare one with. Where the trainer has no head yet, it is fitted first.
   * @throws Failure `not-found`; `busy` while a training runs.
   */
  async evidence(id: ImageId, suggested: ClassId | null): Promise<Evidence> {
    const { label } = this.#item(id);
    // There are no features that tell a fine-tuned network's neighbours: each fold has its own.
    if (!this.#ranking || this.#isFixed) return { given: [], suggested: [] };
    if (!this.#trainer.ready && this.#task && this.#headIsTaken) {
      throw new Failure('busy', `${this.#task.state.title} is still running. Ask again when it is done.`);
    }
    await this.#ensureHead();
    const { images, indexOf } = this.#ranking;
    const image = indexOf.get(id);
    if (image === undefined) return { given: [], suggested: [] };
    const among = (wanted: Label) =>
      wanted.length === 0
        ? []
        : this.#images
            .typical(wanted)
            .flatMap((item) => (item.id === id ? [] : (indexOf.get(item.id) ?? [])));
    const [given = [], others = []] = await this.#trainer.nearest({
      image,
      groups: [among(label), among(suggested === null ? [] : [suggested])],
      count: neighboursShown,
    });
    const toNeighbours = (found: typeof given) =>
      found.flatMap(({ image: place, similarity }) => {
        const item = this.#images.get(images[place] ?? id);
        return item ? [{ card: this.#card(item), similarity }] : [];
      });
    return { given: toNeighbours(given), suggested: toNeighbours(others) };
  }

  insights(): Insights {
    return readInsights(
      this.#images.worstFirst,
      this.#classes.flatMap(({ id }) => (this.#isShown(id) ? [id] : [])),
    );
  }

  history(before: number | null): HistoryPage {
    const events = eventsBefore(this.#project.db, before, eventsPerPage);
    return {
      events: events.map((event) => {
        const { id, step, image, path, kind } = event;
        return { id, step, image, path, kind, ...toEvent(event) };
      }),
      next: events.length < eventsPerPage ? null : (events.at(-1)?.id ?? null),
    };
  }

  /** Where an image lies, and what its content is known by. */
  file(id: ImageId): { path: string; version: string } {
    this.#askedAt = performance.now();
    const row = this.#row(id);
    return { path: join(this.#project.root, row.path), version: contentVersion(row) };
  }

  /** Where the files of excluded images are, and what moving them would do. */
  excludedFiles(): ExcludedFiles {
    const { inSet, out } = excludedFiles(this.#project);
    const sizes = new Map(allImages(this.#project.db).map(({ id, size }) => [id, size]));
    return {
      inSet: { files: inSet.length, bytes: sumOf(inSet.map(({ size }) => size)) },
      examples: this.cards(inSet.slice(0, examplesShown).map(({ id }) => id)),
      unread: inSet.filter(({ hash }) => hash === null).length,
      out: { files: out.length, bytes: sumOf(out.map(({ image }) => sizes.get(image) ?? 0)) },
      trash: trashOf(this.#project),
      systemTrash: this.#trashItem !== undefined,
    };
  }

  // Deciding

  /** One undo step each. @throws Failure `not-found` for an image that is not there; nothing is stored then. */
  decide(decisions: readonly DecisionOn[]): void {
    const { db } = this.#project;
    const requests = decisions.map((each) => this.#request(each));
    // One transaction, so that the disk is waited for once.
    this.#store(() => db.transaction(() => requests.flatMap((request) => decide(db, request))).immediate());
  }

  #request({ images, decision }: DecisionOn): DecisionRequest {
    const items = [...new Set(images)].map((id) => this.#item(id));
    if ('label' in decision) this.#checkLabel(decision.label);
    if ('class' in decision) this.#checkAddition(decision.class);
    return {
      decisions: items.map(({ id }) => ({ image: id, decision })),
      who: this.#who,
      what: describeDecision(
        decision,
        items.map(({ path }) => path),
        this.#nameOf,
      ),
      context: (id) => ({
        run: this.#run?.id ?? null,
        rank: this.#images.get(id)?.rank ?? null,
        loss: this.#images.get(id)?.loss ?? null,
      }),
    };
  }

  /** What a change of classes would do. @throws Failure `not-found`, `bad-request` */
  previewClasses(change: ClassChange): ClassChangePreview {
    const { resolved, items } = this.#resolve(change);
    // A class that is to be made is like no other.
    const target = resolved.to === null ? null : (resolved.into?.id ?? (Number.MAX_SAFE_INTEGER as ClassId));
    const changed = relabelled(resolved, target, items).filter(
      ({ item, label }) => !sameLabel(item.label, label),
    );
    const excluded = changed.filter(({ item }) => item.verdict === 'exclude').length;
    const unlabelled = changed.filter(({ label }) => label.length === 0).length;
    return {
      images: changed.length,
      excluded,
      what: foretellChange(resolved, { images: changed.length, excluded, unlabelled }),
      examples: changed.slice(0, examplesShown).map(({ item }) => this.#card(item)),
    };
  }

  /** Changes classes as one step of the log. @throws Failure `not-found`, `bad-request`; nothing is stored then. */
  changeClasses(change: ClassChange): void {
    const { resolved, items } = this.#resolve(change);
    const { from, to } = resolved;
    if (from && from.name === to) return;
    const target = to === null ? null : this.#ensureClass(to).id;
    const changes = relabelled(resolved, target, items).map(({ item, label, base }) => ({
      image: item.id,
      label,
      base,
    }));
    if (from) this.#added.delete(from.id);
    if (target !== null && changes.length === 0) this.#added.add(target);
    this.#store(() =>
      changeClasses(this.#project.db, {
        changes,
        who: this.#who,
        what: describeChange(resolved, changes.length),
      }),
    );
  }

  reverse(kind: 'undo' | 'redo'): void {
    this.#store(() => reverse(this.#project.db, kind, this.#who)?.standings ?? []);
  }

  /** The class of that name, made where it is new. */
  addClass(name: string): ClassInfo {
    const added = this.#ensureClass(name);
    this.#added.add(added.id);
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
    this.#trainer.allowRestart();
    this.#startTask('baseline', phases.import, async (report, signal) => {
      try {
        if (when === 'if-stale' && this.#ranking) await this.#pageIsQuiet(signal);
      } finally {
        this.#listFirst = false;
      }
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
      ).catch((error: unknown) => {
        // What was imported is there all the same.
        this.#load();
        throw error;
      });
      if (trained || hasChanged(summary) || summary.problems !== this.#problems) this.#takeImport(summary);
      // A ranking that is still right has no head yet: with one, the first decision re-ranks at once.
      if (trained) this.#useTrained(trained);
      else if (!this.#trainer.ready && !this.#isFixed) {
        this.#useTrained(
          await this.#fitHead(signal, (phase, done, total) => report(phases[phase], done, total)),
        );
      }
    });
  }

  /** Trains networks in the background, and ranks by them. Until then the ranking in use goes on following decisions. */
  startFineTuning(request: LearningRequest): void {
    this.#startTask('fine-tuning', phases.import, async (report, signal) => {
      const onImported = (summary: ImportSummary) => this.#takeImport(summary);
      await this.learning.train(request, { report, signal, who: this.#who, onImported });
      this.#stopFitting.abort();
      this.#load();
      this.#useStored();
    });
  }

  /** Looks for the learning rate in the background. */
  startRateSearch(request: LearningRequest): void {
    this.#startTask('rate', phases.rate, (report, signal) =>
      this.learning.findRate(request, { report, signal }),
    );
  }

  /** Draws a batch in the background. */
  startBatch(request: LearningRequest, epoch: number): void {
    this.#startTask('batch', phases.pixels, (report, signal) =>
      this.learning.showBatch(request, epoch, { report, signal }),
    );
  }

  startExport(request: ExportRequest): void {
    this.#startTask('export', exporting, async (report, signal) => {
      const { notes, ...result } = await exportTo(request, exportSource(this.#project), {
        signal,
        onProgress: (done, total) => report(exporting, done, total),
      });
      this.#lastExport = result;
      if (notes.length > 0) this.#notice = notes.join(' ');
    });
  }

  /** Moves the files of excluded images. @throws Failure `busy`; `bad-request` where there is no system's trash. */
  startMove(to: MoveTarget): void {
    const move = this.#mover(to);
    const start = moving[to];
    this.#startTask('move', start, async (report, signal) => {
      this.#lastMove = null;
      try {
        const { moved, renamed, stayed } = await move({
          signal,
          onProgress: (done, total) => report(start, done, total),
        });
        this.#lastMove = {
          to,
          moved,
          renamed: renamed.length,
          newNames: renamed.slice(0, filesNamed),
          stayed: stayed.length,
          reasons: stayed.slice(0, filesNamed),
        };
      } finally {
        // Some were moved, whatever came then.
        this.#load();
      }
    });
  }

  #mover(to: MoveTarget): (options: MoveOptions) => Promise<MoveReport> {
    const [project, trashItem] = [this.#project, this.#trashItem];
    switch (to) {
      case 'trash':
        return (options) => moveExcludedOut(project, options);
      case 'dataset':
        return (options) => putExcludedBack(project, options);
      case 'system-trash':
        if (!trashItem) {
          throw new Failure(
            'bad-request',
            "Only the desktop app can hand files on to the system's trash. Nothing was moved.",
          );
        }
        return (options) => discardExcluded(project, trashItem, options);
    }
  }

  /** Tells pages something that needs no action. */
  notify(notice: string): void {
    this.#notice = notice;
    this.#changed();
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

  /** A fine-tuned run's ranking does not follow the verdicts: it stays as it is, visibly stale, until the next run. */
  get #isFixed(): boolean {
    return this.#run?.fineTuned ?? false;
  }

  /** Networks learn in processes of their own: then the head is free. */
  get #headIsTaken(): boolean {
    return this.#task !== null && !['fine-tuning', 'rate', 'batch'].includes(this.#work ?? '');
  }

  get #multiLabel(): boolean {
    return getProject(this.#project.db)?.multiLabel ?? false;
  }

  readonly #nameOf = (id: ClassId): string => this.#nameOfClass.get(id) ?? `class ${id}`;

  /** A class that no image carries any more is there only so that undo can bring it back. */
  #isShown(id: ClassId): boolean {
    return this.#added.has(id) || this.#images.isUsed(id);
  }

  #takeClasses(): void {
    this.#classes = allClasses(this.#project.db);
    this.#nameOfClass = new Map(this.#classes.map(({ id, name }) => [id, name]));
  }

  #ensureClass(name: string): ClassInfo {
    const found = this.#project.store(() => ensureClass(this.#project.db, name));
    this.#takeClasses();
    return found;
  }

  #resolve(change: ClassChange) {
    const shown = this.#classes.filter(({ id }) => this.#isShown(id));
    return {
      resolved: resolveChange(change, shown),
      items:
        change.kind === 'split'
          ? [...new Set(change.images)].map((id) => this.#item(id))
          : this.#images.worstFirst,
    };
  }

  #item(id: ImageId): Item {
    return this.#images.get(id) ?? this.#notThere(id);
  }

  /** What is known of an image, but where it stands. */
  #row(id: ImageId): ImageRow {
    return getImage(this.#project.db, this.#item(id).id) ?? this.#notThere(id);
  }

  #notThere(id: ImageId): never {
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

  #checkAddition(id: ClassId): void {
    this.#checkLabel([id]);
    if (!this.#multiLabel)
      throw new Failure('bad-request', 'An image of this data set has one label. Nothing was changed.');
  }

  /** Runs a change of the store, and brings memory and ranking in step with it. */
  #store(change: () => readonly Standing[]): void {
    const version = labelsVersion(this.#project.db);
    const standings = this.#project.store(change);
    this.#images.stand(standings);
    if (labelsVersion(this.#project.db) !== version)
      for (const { image } of standings) this.#dirty.add(image);
    this.#changed();
    void this.#rerank();
  }

  /** Reads images, classes and labels from the store. */
  #load(): void {
    this.#take([...presentImages(this.#project.db)].flatMap((part) => part.map(toItem)));
  }

  /** Takes over the images, as they were just read. */
  #take(items: readonly Item[]): void {
    const { db } = this.#project;
    this.#takeClasses();
    this.#problems = countProblems(db);
    this.#images = new Collection(items, {
      nameOf: this.#nameOf,
      multiLabel: this.#multiLabel,
      findRepeated: () => repeatedImages(db),
    });
    const run = latestRun(db);
    this.#run = run && toRun(run, labelsVersion(db));
    this.#hasNetwork = fineTunedModel(db) !== null;
    if (this.#ranking) this.#images.score(this.#ranking);
  }

  #takeImport({ vanished }: ImportSummary): void {
    this.#load();
    if (vanished === 0) return;
    this.#notice = `${vanished.toLocaleString('en')} images are no longer on disk. Their labels are kept, and come back with them.`;
  }

  async #pageIsQuiet(signal: AbortSignal): Promise<void> {
    const latest = performance.now() + pageFirstMs;
    this.#askedAt = performance.now() + pageBeginsMs;
    for (;;) {
      const now = performance.now();
      const wait = Math.min(this.#askedAt + pageQuietMs, latest) - now;
      if (wait <= 0) return;
      await setTimeout(wait, null, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  /** Takes over the scores of the latest run. */
  #useStored(): void {
    const run = latestRun(this.#project.db);
    if (!run) return;
    const classes = this.#classes.map(({ id }) => id);
    this.#use(rankingFromRun(this.#project.db, run, classes));
  }

  /** Takes a training over. What people decided while it ran is left to the next re-ranking. */
  #useTrained({ trained, images, classes, standings, version }: TrainedProject): void {
    this.#use(createRanking(trained.scores, images, classes, version));
    this.#dirty = new Set(
      this.#images.items
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
    this.#images.score(ranking);
  }

  #card(item: Item): Card {
    const row = this.#row(item.id);
    const score = this.#ranking && scoreOf(this.#ranking, item.id);
    const address = `${this.#project.id}/${row.id}?v=${contentVersion(row)}`;
    return {
      id: row.id,
      path: row.path,
      label: item.label,
      importedLabel: item.importedLabel,
      verdict: item.verdict,
      loss: score?.loss ?? null,
      probability: score?.probability ?? null,
      suggestions: score?.suggestions.filter(({ class: id }) => this.#isShown(id)) ?? [],
      rank: item.rank,
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
    if (
      this.#isFixed ||
      this.#reranking ||
      this.#headIsTaken ||
      !this.#ranking ||
      this.#closed ||
      this.#dirty.size === 0
    )
      return;
    this.#reranking = true;
    try {
      await this.#ensureHead();
      while (this.#dirty.size > 0 && !this.#headIsTaken && this.#trainer.ready) await this.#updateRanking();
      this.#rankingFailure = null;
    } catch (error) {
      if (this.#closed || this.#headIsTaken) return;
      this.#rankingFailure = toFailure(error);
    } finally {
      this.#reranking = false;
      if (!this.#closed) this.#changed();
    }
  }

  async #updateRanking(): Promise<void> {
    const ranking = this.#ranking;
    if (!ranking) return;
    const classes = this.#classes.map(({ id }) => id);
    const placeOf = new Map(classes.map((id, place) => [id, place]));
    const version = labelsVersion(this.#project.db);
    const taken = this.#dirty;
    this.#dirty = new Set();
    try {
      const changes = [...taken].flatMap((id) => this.#labelChange(id, ranking.indexOf, placeOf));
      const scores = await this.#trainer.update(changes, classes.length);
      // A run of networks may have taken its place.
      if (this.#ranking === ranking) this.#use({ ...ranking, scores, classes, version });
    } catch (error) {
      // The head does not know of them yet.
      for (const id of taken) this.#dirty.add(id);
      throw error;
    }
    if (this.#dirty.size > 0) this.#changed();
  }

  #labelChange(
    id: ImageId,
    indexOf: Ranking['indexOf'],
    placeOf: ReadonlyMap<ClassId, number>,
  ): LabelChange | readonly [] {
    const item = this.#images.get(id);
    const image = indexOf.get(id);
    if (!item || image === undefined) return [];
    return {
      image,
      label: item.label.flatMap((classId) => placeOf.get(classId) ?? []),
      excluded: item.verdict === 'exclude',
    };
  }

  async #ensureHead(): Promise<void> {
    if (this.#trainer.ready) return;
    this.#fitting ??= this.#fitQuietly().finally(() => {
      this.#fitting = null;
    });
    await this.#fitting;
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

  #startTask(
    kind: WorkKind,
    start: TaskStart,
    work: (report: Report, signal: AbortSignal) => Promise<void>,
  ): void {
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
    this.#work = kind;
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

const hasChanged = ({ added, changed, renamed, vanished, relabelled }: ImportSummary): boolean =>
  added + changed + renamed + vanished + relabelled > 0;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function toEvent({ at, who, what, kind, toVerdict, from, to }: LoggedEvent): ImageDetails['history'][number] {
  const said = { decide: toVerdict ?? 'clear', class: what, import: kind, undo: kind, redo: kind }[kind];
  return { at, who, what: said, from, to };
}

/** Changes when the file's content does. */
function contentVersion({ id, hash, size, mtimeMs }: ImageRow): string {
  return hash ? hash.toString('hex').slice(0, 16) : `${id}-${size}-${Math.trunc(mtimeMs)}`;
}
