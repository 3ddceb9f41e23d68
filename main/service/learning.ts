// Networks in the app: their training, the search for their learning rate, and what they see. Each is asked for as a
// task of the project; what it tells is kept here for pages to read, also for those that come later.
import type { BatchSheet, Learning, LearningWork, LiveTraining } from '../../shared/contract.ts';
import type { RunId } from '../../shared/domain.ts';
import { Failure, type FailureData } from '../../shared/failure.ts';
import type { LearningRequest, RateFinding } from '../../shared/training.ts';
import type { AddressOf } from '../images/addresses.ts';
import { chooseNetwork, type LearningFound } from '../networks/index.ts';
import type { Spawn } from '../process/child.ts';
import { latestRun } from '../store/runs.ts';
import { defaultSeed } from '../runs/baseline.ts';
import {
  curvesOf,
  findProjectRate,
  fineTuneProject,
  showProjectBatch,
  type FineTuneSetup,
} from '../runs/fineTune.ts';
import { importDataset, type ImportSummary } from '../dataset/import.ts';
import type { Project } from '../project/open.ts';
import { toFailure } from '../work/background.ts';
import type { Work } from '../work/work.ts';
import { TrainingRecord } from '../runs/trainingRecord.ts';
import { readUnfinished } from '../runs/unfinished.ts';

/** As the parts of the page have them, but for what changes while the work goes on. */
type Doing = { -readonly [K in keyof LearningWork]: LearningWork[K] };

interface DoingTraining extends Doing {
  readonly record: TrainingRecord;
  run: RunId | null;
  recommendedEpochs: number | null;
}

/** A picture of more would be too small to look at. */
const imagesShown = 15;
const tellEveryMs = 300;

const givenUp = {
  training:
    'Fine-tuning was cancelled. Finished epochs are kept: the same training, started again, goes on after them.',
  rate: 'The search for the learning rate was cancelled. Nothing is changed by it.',
  batch: 'Cancelled: no batch was drawn.',
} as const;

const cutOff: FailureData = {
  code: 'cancelled',
  message:
    'This fine-tuning was cut off before it was done. Finished epochs are kept: it goes on after them, if labels have not changed since.',
};

export interface ProjectLearningOptions {
  readonly spawn: Spawn;
  readonly addressOf: AddressOf;
  /** Is called a few times a second at most, and when something begins or ends. */
  readonly onChange: () => void;
}

export class ProjectLearning {
  readonly #project: Project;
  readonly #spawn: Spawn;
  readonly #addressOf: AddressOf;
  readonly #onNews: () => void;
  #version = 0;
  #telling: NodeJS.Timeout | null = null;
  #training: DoingTraining | null = null;
  #rate: (Doing & { finding: RateFinding; readonly notes: string[] }) | null = null;
  #batch: (Doing & { sheet: BatchSheet | null }) | null = null;
  #picture: { readonly number: number; readonly bytes: Uint8Array<ArrayBuffer> } | null = null;

  constructor(project: Project, { spawn, addressOf, onChange }: ProjectLearningOptions) {
    this.#project = project;
    this.#spawn = spawn;
    this.#addressOf = addressOf;
    this.#onNews = onChange;
    const request = readUnfinished(project);
    if (request) this.#training = { ...beginTraining(request), running: false, failure: cutOff };
  }

  /** Grows with the news. */
  get version(): number {
    return this.#version;
  }

  read(): Learning {
    return {
      training: this.#training && readTraining(this.#training),
      rate: this.#rate && { ...this.#rate, finding: finite(this.#rate.finding) },
      batch: this.#batch,
    };
  }

  /** The picture of the last batch. @throws Failure `not-found` for an earlier one. */
  picture(number: number): Uint8Array<ArrayBuffer> {
    if (this.#picture?.number === number) return this.#picture.bytes;
    throw new Failure('not-found', 'This batch is not kept any more. Show another.');
  }

  /**
   * Imports what changed on disk, trains, and stores a run.
   * @throws Failure as `fineTuneProject`
   */
  async train(
    request: LearningRequest,
    { who, onImported }: { readonly who: string; readonly onImported: (summary: ImportSummary) => void },
    work: Work,
  ): Promise<void> {
    const training = beginTraining(request);
    this.#training = training;
    await this.#follow(training, givenUp.training, async () => {
      onImported(await importDataset(this.#project, { who }, work));
      const setup = await this.#setUp(request, work);
      const told = { ...work, note: () => this.#tellSoon(), found: () => this.#tellSoon() };
      const { run, tuned } = await fineTuneProject(this.#project, this.#spawn, setup, told, training.record);
      training.run = run;
      training.recommendedEpochs = tuned.recommendedEpochs;
    });
  }

  /** @throws Failure as `findProjectRate` */
  async findRate(request: LearningRequest, work: Work): Promise<void> {
    const finding: RateFinding = { points: [], suggestions: null };
    const rate = { ...begun(request), finding, notes: [] as string[] };
    this.#rate = rate;
    await this.#follow(rate, givenUp.rate, async () => {
      const setup = await this.#setUp(request, work);
      rate.finding = await findProjectRate(this.#project, this.#spawn, setup, {
        ...work,
        note: (text) => {
          rate.notes.push(text);
          this.#tellSoon();
        },
        found: (found: LearningFound) => {
          if (found.kind === 'rate') rate.finding = found.finding;
          this.#tellSoon();
        },
      });
    });
  }

  /** @throws Failure as `showProjectBatch` */
  async showBatch(request: LearningRequest, epoch: number, work: Work): Promise<void> {
    // The last picture stays to be seen until there is another.
    const batch = { ...begun(request), sheet: this.#batch?.sheet ?? null };
    this.#batch = batch;
    await this.#follow(batch, givenUp.batch, async () => {
      const { weights, seed, options } = await this.#setUp(request, work);
      const wanted = {
        weights,
        side: options.side,
        count: Math.min(options.batchSize, imagesShown),
        seed,
        epoch,
      };
      const { bytes, ...sheet } = await showProjectBatch(this.#project, this.#spawn, wanted, work);
      const number = (this.#picture?.number ?? 0) + 1;
      this.#picture = { number, bytes };
      batch.sheet = { address: this.#addressOf('batch', this.#project.id, number), epoch, ...sheet };
    });
  }

  async #follow(doing: Doing, cancelled: string, work: () => Promise<void>): Promise<void> {
    this.#tell();
    try {
      await work();
    } catch (error) {
      const { code, message } = toFailure(error);
      const failure = new Failure(code, code === 'cancelled' ? cancelled : message);
      doing.failure = { code, message: failure.message };
      throw failure;
    } finally {
      doing.running = false;
      this.#tell();
    }
  }

  async #setUp({ options, engine, allowFallback }: LearningRequest, work: Work): Promise<FineTuneSetup> {
    const { network, weights } = await chooseNetwork(options.network, work);
    const seed = latestRun(this.#project.db)?.seed ?? defaultSeed;
    return { options: { ...options, network }, weights, engine, allowFallback, seed };
  }

  /** A training says something at every step: pages hear of several at once. */
  #tellSoon(): void {
    this.#telling ??= setTimeout(() => this.#tell(), tellEveryMs).unref();
  }

  #tell(): void {
    if (this.#telling) clearTimeout(this.#telling);
    this.#telling = null;
    this.#version += 1;
    this.#onNews();
  }
}

const begun = (request: LearningRequest): Doing => ({ request, running: true, failure: null });

const beginTraining = (request: LearningRequest): DoingTraining => ({
  ...begun(request),
  record: new TrainingRecord(),
  run: null,
  recommendedEpochs: null,
});

function readTraining({ record, ...training }: DoingTraining): LiveTraining {
  const { options } = training.request;
  return { ...training, options, notes: record.notes, curves: curvesOf(options, record) };
}

/** JSON has no NaN: where the loss has blown up, the curve ends. */
function finite({ points, suggestions }: RateFinding): RateFinding {
  return { points: points.filter(({ loss }) => Number.isFinite(loss)), suggestions };
}
