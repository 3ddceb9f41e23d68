// The ranking in use, and how it follows decisions: the trainer keeps the head that gave it, learns each change of a
// label, and scores all images anew. Where the trainer has no head (it died, or a training was cancelled), one is fitted
// first, on images that are ranked already.
import type { ClassId, ImageId } from '../../shared/domain.ts';
import type { FailureData } from '../../shared/failure.ts';
import type { LabelChange } from '../trainer/protocol.ts';
import type { Trainer } from '../trainer/trainer.ts';
import type { Collection } from '../checks/labelErrors/collection.ts';
import { Indices } from '../dataset/indices.ts';
import { createRanking, type Ranking } from '../checks/labelErrors/ranking.ts';
import { sameLabel } from '../../shared/label.ts';
import { labelsVersion, type Standing } from '../labels/labels.ts';
import { latestRun, readScores } from '../store/runs.ts';
import { defaultSeed } from '../runs/baseline.ts';
import type { Project } from '../project/open.ts';
import { toFailure } from '../work/background.ts';
import { unfollowed, type Work } from '../work/work.ts';
import { trainProject, type TrainedProject } from '../runs/train.ts';

export interface LiveRankingOptions {
  readonly project: Project;
  readonly trainer: Trainer;
  /** The images as they are in memory now. */
  readonly images: () => Collection;
  /** All classes that there ever were, in the order that the trainer knows them by. */
  readonly classes: () => readonly ClassId[];
  /** True while the ranking must stay as it is: the head has other work, a ranking by networks has none, or all is closed. */
  readonly rests: () => boolean;
  readonly onChange: () => void;
}

export class LiveRanking {
  readonly #options: LiveRankingOptions;
  #current: Ranking | null = null;
  #count = 0;
  /** Images that were decided about since the head last learned. */
  #dirty = new Set<ImageId>();
  #failure: FailureData | null = null;
  #following = false;
  #fitting: Promise<void> | null = null;
  #stopFitting = new AbortController();

  constructor(options: LiveRankingOptions) {
    this.#options = options;
  }

  get current(): Ranking | null {
    return this.#current;
  }

  /** How many there were: another number is another ranking. */
  get count(): number {
    return this.#count;
  }

  /** Why it does not follow the decisions; the next one tries again. */
  get failure(): FailureData | null {
    return this.#failure;
  }

  /** Takes over the scores of the latest run, where there is one. */
  useStored(): void {
    const { db } = this.#options.project;
    const run = latestRun(db);
    if (run) this.#use(createRanking(readScores(db, run.id), run.version));
  }

  /** Takes a training over. What people decided while it ran is left to `follow`. */
  useTrained({ trained, standings, version }: TrainedProject): void {
    this.#use(createRanking(trained.scores, version));
    this.#dirty = new Set(
      this.#options
        .images()
        .items.filter(({ id, label, verdict }) => {
          const learnt = standings.get(id);
          return learnt && !teachTheSame(learnt, { label, verdict });
        })
        .map(({ id }) => id),
    );
  }

  /** Decisions were made about these images: `follow` takes them into account. */
  touch(images: Iterable<ImageId>): void {
    for (const image of images) this.#dirty.add(image);
  }

  /** Re-ranks after decisions; those that come meanwhile are taken in the next round. */
  async follow(): Promise<void> {
    const { rests, trainer, onChange } = this.#options;
    if (rests() || this.#following || !this.#current || this.#dirty.size === 0) return;
    this.#following = true;
    try {
      await this.ensureHead();
      while (this.#dirty.size > 0 && !rests() && trainer.ready) await this.#update();
      this.#failure = null;
    } catch (error) {
      if (!rests()) this.#failure = toFailure(error);
    } finally {
      this.#following = false;
      onChange();
    }
  }

  /** Has the trainer fit a head where it has none. */
  async ensureHead(): Promise<void> {
    if (this.#options.trainer.ready) return;
    this.#fitting ??= this.#fitQuietly().finally(() => {
      this.#fitting = null;
    });
    await this.#fitting;
  }

  /** Fits the head on the current labels without storing a run. */
  async fitHead(work: Work, only?: ReadonlySet<ImageId>): Promise<void> {
    const { project, trainer } = this.#options;
    const seed = latestRun(project.db)?.seed ?? defaultSeed;
    this.useTrained(await trainProject(project, trainer, { seed, only }, work));
  }

  /** The trainer may be wanted for something else: what is being fitted is given up, and why it failed before forgotten. */
  yieldTrainer(): void {
    this.#stopFitting.abort();
    this.#failure = null;
  }

  #use(ranking: Ranking): void {
    this.#current = ranking;
    this.#count += 1;
    this.#options.images().score(ranking);
  }

  /** Beside everything else, and so only on images that are ranked already: their features are there. */
  async #fitQuietly(): Promise<void> {
    this.#stopFitting = new AbortController();
    await this.fitHead(
      unfollowed(this.#stopFitting.signal),
      new Set(Array.from(this.#current?.scores.images ?? [], (id) => id as ImageId)),
    );
  }

  async #update(): Promise<void> {
    const { project, trainer, classes: allClasses, onChange } = this.#options;
    const ranking = this.#current;
    if (!ranking) return;
    const classes = allClasses();
    const indexOf = new Indices<ClassId>(classes);
    const version = labelsVersion(project.db);
    const taken = this.#dirty;
    this.#dirty = new Set();
    try {
      const changes = [...taken].flatMap((id) => this.#labelChange(id, indexOf));
      const scores = await trainer.update({ changes, classes });
      // A run of networks may have taken its place.
      if (this.#current === ranking) this.#use(createRanking(scores, version));
    } catch (error) {
      // The head does not know of them yet.
      this.touch(taken);
      throw error;
    }
    if (this.#dirty.size > 0) onChange();
  }

  #labelChange(id: ImageId, indexOf: Indices<ClassId>): LabelChange | readonly [] {
    const item = this.#options.images().get(id);
    if (!item) return [];
    return {
      image: id,
      label: item.label.flatMap((classId) => indexOf.get(classId) ?? []),
      excluded: item.verdict === 'exclude',
    };
  }
}

function teachTheSame(a: Pick<Standing, 'label' | 'verdict'>, b: typeof a): boolean {
  return sameLabel(a.label, b.label) && (a.verdict === 'exclude') === (b.verdict === 'exclude');
}
