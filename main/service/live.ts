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
  ExcludedFiles,
  ExportRequest,
  ExportResult,
  HistoryPage,
  ImageDetails,
  ImageStanding,
  Insights,
  MoveResult,
  MoveTarget,
  ProjectChange,
  ProjectState,
  QueueOrder,
  QueueQuery,
  Run,
} from '../../shared/contract.ts';
import type { ClassId, ClassInfo, ImageId, Label } from '../../shared/domain.ts';
import type { FindingKind } from '../../shared/findings.ts';
import type { LearningRequest } from '../../shared/training.ts';
import { worstFirst } from '../../shared/query.ts';
import { Failure } from '../../shared/failure.ts';
import { exportTo } from '../formats/export.ts';
import { Trainer } from '../trainer/trainer.ts';
import type { AddressOf } from '../images/addresses.ts';
import type { Spawn } from '../process/child.ts';
import { describeChange, foretellChange, relabelled, resolveChange } from '../labels/classChange.ts';
import { Collection, toItem, type Item } from '../checks/labelErrors/collection.ts';
import { toRun } from '../runs/compare.ts';
import { describeDecision } from '../labels/decisions.ts';
import { exportSource } from './exportSource.ts';
import { readInsights } from '../checks/labelErrors/insights.ts';
import { scoreOf } from '../checks/labelErrors/ranking.ts';
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
  undoable,
  type DecisionRequest,
  type LoggedEvent,
  type Standing,
} from '../labels/labels.ts';
import { checkOf } from '../checks/index.ts';
import { countProblems, DataSet, presentImages } from '../dataset/dataset.ts';
import { getProject } from '../store/project.ts';
import { latestRun } from '../store/runs.ts';
import { sameLabel } from '../../shared/label.ts';
import { Background } from '../work/background.ts';
import { changeBetween } from './change.ts';
import { bringUpToDate, type BaselineOptions } from '../runs/baseline.ts';
import {
  discardExcluded,
  excludedFiles,
  moveExcludedOut,
  putExcludedBack,
  trashOf,
  type MoveOptions,
  type MoveReport,
  type TrashItem,
} from '../dataset/excluded.ts';
import { fineTunedModel } from '../runs/fineTune.ts';
import type { ImportSummary } from '../dataset/import.ts';
import { ProjectLearning } from './learning.ts';
import type { Project } from '../project/open.ts';
import { LiveRanking } from './liveRanking.ts';
import type { BackboneChoice } from '../features/backbone/choose.ts';
import type { Phase } from '../../shared/work.ts';
import type { Work } from '../work/work.ts';

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
const movePhases: Record<MoveTarget, Phase> = {
  trash: 'move-out',
  dataset: 'put-back',
  'system-trash': 'discard',
};

export interface LiveProjectOptions {
  readonly spawn: Spawn;
  readonly addressOf: AddressOf;
  readonly trashItem?: TrashItem | undefined;
  readonly who: string;
  readonly onChange: (change: ProjectChange) => void;
}

export class LiveProject {
  /** What networks do. */
  readonly learning: ProjectLearning;
  readonly #project: Project;
  readonly #addressOf: AddressOf;
  readonly #trainer: Trainer;
  readonly #ranking: LiveRanking;
  readonly #background: Background;
  readonly #trashItem: TrashItem | undefined;
  readonly #who: string;
  readonly #tell: (change: ProjectChange) => void;
  /** As it was last told, or will be told. */
  #state: ProjectState | null = null;
  #decided = 0;
  #images = new Collection([], { nameOf: () => '', multiLabel: false, foundBy: () => new Set() });
  #problems = 0;
  /** All that there ever were, in the order that the trainer knows them by. */
  #classes: readonly ClassInfo[] = [];
  #nameOfClass: ReadonlyMap<ClassId, string> = new Map();
  /** Classes that were made here, and may not have an image yet. */
  readonly #added = new Set<ClassId>();
  #run: Run | null = null;
  #revision = 0;
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
    live.#ranking.useStored();
    await setImmediate();
    return live;
  }

  private constructor(
    project: Project,
    { spawn, addressOf, trashItem, who, onChange: tell }: LiveProjectOptions,
  ) {
    this.#project = project;
    this.#addressOf = addressOf;
    this.#trainer = new Trainer(spawn);
    this.#trashItem = trashItem;
    this.#who = who;
    this.#tell = tell;
    const onChange = () => {
      if (!this.#closed) this.#changed();
    };
    this.learning = new ProjectLearning(project, { spawn, addressOf, onChange });
    this.#background = new Background(project.name, {
      onChange,
      onEnd: () => {
        onChange();
        void this.#ranking.follow();
      },
    });
    this.#ranking = new LiveRanking({
      project,
      trainer: this.#trainer,
      images: () => this.#images,
      classes: () => this.#classes.map(({ id }) => id),
      rests: () => this.#closed || this.#isFixed || this.#headIsTaken,
      onChange,
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
    return (this.#state ??= this.#readState());
  }

  #readState(): ProjectState {
    const { db, id, name, dataset, folder } = this.#project;
    const ranking = this.#ranking.current;
    const { task, work, failure } = this.#background;
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
      stale: ranking !== null && ranking.version !== labelsVersion(db),
      ranking: this.#ranking.count,
      decided: this.#decided,
      ...undoable(db),
      task,
      work,
      learning: this.learning.version,
      failure: failure ?? this.#ranking.failure,
      notice: this.#notice,
      lastExport: this.#lastExport,
      hasNetwork: this.#hasNetwork,
      lastMove: this.#lastMove,
    };
  }

  order(query: QueueQuery): QueueOrder {
    const ids = this.#images.order(query);
    return { ids, ranking: this.#ranking.count, first: this.cards(ids.slice(0, cardsWithOrder)) };
  }

  /** @throws Failure `not-found` where the image to go on after is not in the project. */
  page(query: QueueQuery, after: ImageId | null, count: number) {
    return this.#images.page(query, after === null ? null : this.#item(after), count);
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
    if (!this.#ranking.current || this.#isFixed) return { given: [], suggested: [] };
    const { task } = this.#background;
    if (!this.#trainer.ready && task && this.#headIsTaken) {
      throw new Failure('busy', `${task.title} is still running. Ask again when it is done.`);
    }
    await this.#ranking.ensureHead();
    const among = (wanted: Label) =>
      wanted.length === 0
        ? []
        : this.#images.typical(wanted).flatMap((item) => (item.id === id ? [] : item.id));
    const [given = [], others = []] = await this.#trainer.nearest({
      image: id,
      groups: [among(label), among(suggested === null ? [] : [suggested])],
      count: neighboursShown,
    });
    const toNeighbours = (found: typeof given) =>
      found.flatMap(({ image, similarity }) => {
        const item = this.#images.get(image);
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
  decide(decisions: readonly DecisionOn[]): ProjectChange {
    const { db } = this.#project;
    const requests = decisions.map((each) => this.#request(each));
    // One transaction, so that the disk is waited for once.
    return this.#store(() =>
      db.transaction(() => requests.flatMap((request) => decide(db, request))).immediate(),
    );
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
  changeClasses(change: ClassChange): ProjectChange {
    const { resolved, items } = this.#resolve(change);
    const { from, to } = resolved;
    if (from && from.name === to) return changeBetween(this.state, this.state);
    const target = to === null ? null : this.#ensureClass(to).id;
    const changes = relabelled(resolved, target, items).map(({ item, label, base }) => ({
      image: item.id,
      label,
      base,
    }));
    if (from) this.#added.delete(from.id);
    if (target !== null && changes.length === 0) this.#added.add(target);
    return this.#store(() =>
      changeClasses(this.#project.db, {
        changes,
        who: this.#who,
        what: describeChange(resolved, changes.length),
      }),
    );
  }

  reverse(kind: 'undo' | 'redo'): ProjectChange {
    return this.#store(() => reverse(this.#project.db, kind, this.#who)?.standings ?? []);
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
      readonly backbone?: (work: Work) => Promise<BackboneChoice | undefined>;
    } = {},
  ): void {
    this.#trainer.allowRestart();
    let phase: Phase = 'import';
    this.#start('baseline', 'import', async (work) => {
      try {
        if (when === 'if-stale' && this.#ranking.current) await this.#pageIsQuiet(work.signal);
      } finally {
        this.#listFirst = false;
      }
      const backbone = await options.backbone?.(work);
      const { summary, trained, note } = await bringUpToDate(
        this.#project,
        this.#trainer,
        { source: options.source, who: this.#who, backbone },
        {
          ...work,
          progress: (now, done, total) => {
            // The import is in the database by the time the next phase begins.
            if (now !== phase && now !== 'import') this.#load();
            phase = now;
            work.progress(now, done, total);
          },
        },
        when,
      ).catch((error: unknown) => {
        // What was imported is there all the same.
        this.#load();
        throw error;
      });
      if (note !== null) this.#notice = note;
      if (trained || hasChanged(summary) || summary.problems !== this.#problems) this.#takeImport(summary);
      // A ranking that is still right has no head yet: with one, the first decision re-ranks at once.
      if (trained) this.#ranking.useTrained(trained);
      else if (!this.#trainer.ready && !this.#isFixed) {
        await this.#ranking.fitHead(work);
      }
    });
  }

  /** Trains networks in the background, and ranks by them. Until then the ranking in use goes on following decisions. */
  startFineTuning(request: LearningRequest): void {
    this.#start('fine-tuning', 'import', async (work) => {
      const onImported = (summary: ImportSummary) => this.#takeImport(summary);
      await this.learning.train(request, { who: this.#who, onImported }, work);
      this.#ranking.yieldTrainer();
      this.#load();
      this.#ranking.useStored();
    });
  }

  /** Looks for the learning rate in the background. */
  startRateSearch(request: LearningRequest): void {
    this.#start('rate', 'rate', (work) => this.learning.findRate(request, work));
  }

  /** Draws a batch in the background. */
  startBatch(request: LearningRequest, epoch: number): void {
    this.#start('batch', 'pixels', (work) => this.learning.showBatch(request, epoch, work));
  }

  startExport(request: ExportRequest): void {
    this.#start('export', 'export', async (work) => {
      const { notes, ...result } = await exportTo(request, exportSource(this.#project), work);
      this.#lastExport = result;
      if (notes.length > 0) this.#notice = notes.join(' ');
    });
  }

  /** Moves the files of excluded images. @throws Failure `busy`; `bad-request` where there is no system's trash. */
  startMove(to: MoveTarget): void {
    const move = this.#mover(to);
    this.#start('move', movePhases[to], async (work) => {
      this.#lastMove = null;
      try {
        const { moved, renamed, stayed } = await move({ work });
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
    this.#background.cancel();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.cancelTask();
    this.#ranking.yieldTrainer();
    this.#trainer.close();
    await this.#background.finished();
    this.#project.close();
  }

  // What only this file needs to know

  /** A fine-tuned run's ranking does not follow the verdicts: it stays as it is, visibly stale, until the next run. */
  get #isFixed(): boolean {
    return this.#run?.fineTuned ?? false;
  }

  /** Networks learn in processes of their own: then the head is free. */
  get #headIsTaken(): boolean {
    const { task, work } = this.#background;
    return task !== null && !['fine-tuning', 'rate', 'batch'].includes(work ?? '');
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
  #store(change: () => readonly Standing[]): ProjectChange {
    const version = labelsVersion(this.#project.db);
    const standings = this.#project.store(change);
    this.#images.stand(standings);
    if (labelsVersion(this.#project.db) !== version) this.#ranking.touch(standings.map(({ image }) => image));
    this.#decided += 1;
    const told = this.#changed(
      standings.map(({ image: id, label, base, verdict }) => ({ id, label, base, verdict })),
    );
    void this.#ranking.follow();
    return told;
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
      foundBy: (kind) => this.#foundBy(kind),
    });
    const run = latestRun(db);
    this.#run = run && toRun(run, labelsVersion(db));
    this.#hasNetwork = fineTunedModel(db) !== null;
    if (this.#ranking.current) this.#images.score(this.#ranking.current);
  }

  #foundBy(kind: FindingKind): ReadonlySet<ImageId> {
    const dataSet = DataSet.read(this.#project.db);
    const { images } = checkOf(kind).run({ dataSet, scores: this.#ranking.current?.scores ?? null });
    return new Set(Array.from(images, (id) => id as ImageId));
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

  #card(item: Item): Card {
    const row = this.#row(item.id);
    const ranking = this.#ranking.current;
    const score = ranking && scoreOf(ranking, item.id);
    const picture = (kind: 'thumb' | 'image') =>
      this.#addressOf(kind, this.#project.id, row.id, contentVersion(row));
    return {
      id: row.id,
      path: row.path,
      label: item.label,
      importedLabel: item.importedLabel,
      base: item.base,
      verdict: item.verdict,
      loss: score?.loss ?? null,
      probability: score?.probability ?? null,
      suggestions: score?.suggestions.filter(({ class: id }) => this.#isShown(id)) ?? [],
      rank: item.rank,
      width: row.width,
      height: row.height,
      split: row.split,
      thumb: picture('thumb'),
      image: picture('image'),
    };
  }

  /** @throws Failure `busy` while another task runs. */
  #start(...[kind, phase, start]: Parameters<Background['start']>): void {
    this.#background.start(kind, phase, (work) => {
      this.#ranking.yieldTrainer();
      return start(work);
    });
  }

  /** Tells what changed. @param images those whose label or verdict did. */
  #changed(images: readonly ImageStanding[] = []): ProjectChange {
    const before = this.state;
    this.#revision += 1;
    this.#state = this.#readState();
    const change = changeBetween(before, this.#state, images);
    this.#tell(change);
    return change;
  }
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
