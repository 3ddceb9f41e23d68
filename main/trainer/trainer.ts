// The parent's side of the trainer process: starts it, asks it, and turns its death into a sentence. The process may
// crash or be killed at any time; labels live here, so nothing is lost with it.
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Failure } from '../../shared/failure.ts';
import type { Scores } from '../../shared/scores.ts';
import type { RateFinding } from '../../shared/training.ts';
import { careAfter, type Care } from '../features/extraction/care.ts';
import type { FilesFound, ImageFile } from '../features/extraction/images.ts';
import { forgetInFlight, readInFlight } from '../features/extraction/inFlight.ts';
import type {
  FineTuned,
  FineTuneRequest,
  LearningFound,
  NetworkBatch,
  ShowBatchRequest,
  SummaryStep,
} from '../networks/index.ts';
import { Asker, Ended } from '../process/asking.ts';
import type { Child, Spawn } from '../process/child.ts';
import { Supervisor } from '../process/supervisor.ts';
import type { Work } from '../work/work.ts';
import { readAnswer, readTold } from './messages.ts';
import type {
  Asked,
  Jobs,
  Looks,
  NearestImages,
  NearestRequest,
  Requests,
  Trained,
  TrainRequest,
  UpdateRequest,
} from './protocol.ts';

/** A trainer that computes does not hear that it is to stop; after so many milliseconds it is ended. */
const cancelPatience = 1_000;

interface Running {
  readonly child: Child;
  readonly asker: Asker;
  /** Set once a training has succeeded in it. */
  hasHead: boolean;
}

export class Trainer {
  readonly #supervisor: Supervisor;
  #running: Running | null = null;
  #isClosed = false;

  constructor(spawn: Spawn) {
    this.#supervisor = new Supervisor(spawn, 'The training process');
  }

  /** True once a training has succeeded in the process that is running: only then can `update` re-rank. */
  get ready(): boolean {
    return this.#running !== null && this.#running.hasHead && !this.#running.asker.hasEnded;
  }

  /**
   * Computes the features that are missing, fits the head and scores every image.
   * @throws Failure `cancelled`, within two seconds of the signal; `trainer` where the process died, or what training
   * itself failed with.
   */
  async train(request: TrainRequest, work: Work<FilesFound>): Promise<Trained> {
    if (this.#running) this.#running.hasHead = false;
    const trained = await this.#do('train', request, onlyFiles(work));
    if (this.#running) this.#running.hasHead = true;
    return trained;
  }

  /**
   * Fine-tunes networks out of fold; what was interrupted goes on from its last checkpoint.
   * @throws Failure as `train`, and `out-of-memory`, `device-lost`, `no-engine`.
   */
  fineTune(request: FineTuneRequest, work: Work<LearningFound>): Promise<FineTuned> {
    return this.#do('fineTune', request, work);
  }

  /** Looks for the learning rate. @throws Failure as `fineTune` */
  findRate(request: FineTuneRequest, work: Work<LearningFound>): Promise<RateFinding> {
    return this.#do('findRate', request, work);
  }

  /** Draws a batch of what a network sees. @throws Failure as `fineTune` */
  showBatch(request: ShowBatchRequest, work: Work<FilesFound>): Promise<NetworkBatch> {
    return this.#do('showBatch', request, onlyFiles(work));
  }

  /** Walks a sample and a batch through every step up to the loss. @throws Failure as `fineTune` */
  summarise(request: FineTuneRequest, work: Work<FilesFound>): Promise<readonly SummaryStep[]> {
    return this.#do('summarise', request, onlyFiles(work));
  }

  /** For when a person asks for a training: also where the process died so often that it isn't started by itself. */
  allowRestart(): void {
    this.#supervisor.forgive();
  }

  /** Re-ranks after label changes. `classes`: those of the last training in its order, then new ones. */
  update(request: UpdateRequest): Promise<Scores> {
    return this.#look('update', request);
  }

  /** The images most like one, by the features of the last training. */
  nearest(request: NearestRequest): Promise<NearestImages> {
    return this.#look('nearest', request);
  }

  /** Ends the process. What it was asked for is cancelled, and nothing is heard from it any more. */
  close(): void {
    this.#isClosed = true;
    this.#running?.asker.end('closed');
    this.#running?.child.kill();
  }

  /** Asks for something that reads the images, takes long, and can be cancelled. Where a file kills it, it goes on without. */
  async #do<K extends keyof Jobs>(
    kind: K,
    request: Parameters<Jobs[K]>[0],
    work: Work<LearningFound>,
  ): Promise<ReturnType<Jobs[K]>> {
    // What one process has found out about a file, the next need not read again.
    const images: ImageFile[] = [...request.images];
    const remembering: Work<LearningFound> = {
      ...work,
      found(found) {
        if (found.kind === 'files') {
          for (const { image, hash, reason } of found.findings) {
            const known = images[image];
            if (known && reason === null) images[image] = { ...known, hash };
          }
        }
        work.found(found);
      },
    };
    const inFlight = join(request.cacheFolder, 'decoding');
    let care: Care = { inFlight, suspects: [], deadly: [] };
    for (;;) {
      forgetInFlight(inFlight);
      try {
        return await this.#attempt(kind, { kind, request: { ...request, images }, care }, remembering);
      } catch (error) {
        const next = error instanceof Died ? careAfter(care, readInFlight(inFlight), error.reason) : null;
        if (!next) throw error;
        if (next.deadly.length > care.deadly.length) this.#supervisor.forgive();
        care = next;
      }
    }
  }

  async #attempt<K extends keyof Jobs>(
    kind: K,
    question: Asked<Jobs, K> & { readonly care: Care },
    work: Work<LearningFound>,
  ): Promise<ReturnType<Jobs[K]>> {
    const { signal } = work;
    if (signal.aborted) throw cancelled();
    let deadline: NodeJS.Timeout | undefined;
    const end = () => {
      deadline = setTimeout(() => this.#running?.child.kill(), cancelPatience);
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      return await this.#ask(kind, question, work);
    } catch (error) {
      throw error instanceof Died && signal.aborted ? cancelled() : error;
    } finally {
      signal.removeEventListener('abort', end);
      clearTimeout(deadline);
    }
  }

  #look<K extends keyof Looks>(kind: K, request: Asked<Looks, K>['request']): Promise<ReturnType<Looks[K]>> {
    return this.#ask(kind, { kind, request });
  }

  async #ask<K extends keyof Requests>(
    kind: K,
    question: unknown,
    work?: Work<LearningFound>,
  ): Promise<ReturnType<Requests[K]>> {
    if (this.#isClosed) throw cancelled();
    if (!this.#running || this.#running.asker.hasEnded) this.#running = this.#start();
    try {
      const answer = await this.#running.asker.ask(question, {
        read: (given) => readAnswer(kind, given) ?? refuse(given),
        hear(message) {
          const told = readTold(message) ?? refuse(message);
          if (told.kind === 'progress') work?.progress(told.phase, told.done, told.total);
          else if (told.kind === 'note') work?.note(told.text);
          else work?.found(told.found);
        },
        ...(work && { signal: work.signal }),
      });
      if ('failure' in answer) throw new Failure(answer.failure.code, answer.failure.message);
      return answer.result;
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      throw this.#isClosed ? cancelled() : new Died(error.reason);
    }
  }

  #start(): Running {
    const child = this.#supervisor.start(new URL('./process.ts', import.meta.url));
    return { child, asker: new Asker(child, logNonsense), hasHead: false };
  }
}

/** What finds more than facts about files was not asked for. */
function onlyFiles(work: Work<FilesFound>): Work<LearningFound> {
  return {
    ...work,
    found(found) {
      if (found.kind === 'files') work.found(found);
    },
  };
}

function logNonsense(received: unknown): void {
  const shown = inspect(received, { depth: 1, maxStringLength: 100, maxArrayLength: 3, breakLength: 1e6 });
  console.error(`The training process sent what it should not: ${shown.slice(0, 300)}`);
}

function refuse(received: unknown): never {
  logNonsense(received);
  throw senseless();
}

const cancelled = () =>
  new Failure(
    'cancelled',
    'Training was cancelled. The features computed so far are kept for the next time.',
  );

class Died extends Failure {
  readonly reason: string;

  constructor(reason: string) {
    const isMemory = /SIGKILL|out of memory/.test(reason);
    super(
      'trainer',
      `The training process ended (${reason}). Your labels are safe, and the features computed so far are kept. ` +
        `${isMemory ? 'Memory may have run out: close other programs. ' : ''}Train again to go on from there.`,
    );
    this.reason = reason;
  }
}

const senseless = () =>
  new Failure(
    'trainer',
    'The training process gave an answer that makes no sense, which was ignored. Your labels are safe. Train again; if it happens again, please report it.',
  );
