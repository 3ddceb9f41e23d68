// The parent's side of the trainer process: starts it, asks it, and turns its death into a sentence. The process may
// crash or be killed at any time; labels live here, so nothing is lost with it.
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ClassId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import type { Scores } from '../../shared/scores.ts';
import type { RateFinding } from '../../shared/training.ts';
import type { Child, Spawn } from '../process/child.ts';
import { Supervisor } from '../process/supervisor.ts';
import type { PresizeImage } from '../networks/batches/presize.ts';
import { careAfter, type Care } from '../features/extraction/care.ts';
import { forgetInFlight, readInFlight } from '../features/extraction/inFlight.ts';
import { fromTrainer, idOf } from './messages.ts';
import type {
  Finding,
  FineTuned,
  FineTuneRequest,
  FromTrainer,
  LabelChange,
  LearningNews,
  NearestImages,
  NearestRequest,
  NetworkBatch,
  Phase,
  ShowBatchRequest,
  ToTrainer,
  TrainRequest,
  Trained,
} from './protocol.ts';

export interface TrainListeners {
  readonly signal: AbortSignal;
  readonly onProgress: (phase: Phase, done: number, total: number) => void;
  readonly onFindings: (findings: readonly Finding[]) => void;
}

export interface LearningListeners extends TrainListeners {
  readonly onNews: (news: LearningNews) => void;
}

type Answer = Exclude<FromTrainer, { kind: 'progress' | 'findings' | 'news' | 'failed' }>;

/** A trainer that computes does not hear that it is to stop; after so many milliseconds it is ended. */
const cancelPatience = 1_000;

interface Pending {
  resolve(value: Answer): void;
  reject(error: unknown): void;
  readonly listeners: (TrainListeners & Partial<LearningListeners>) | null;
}

export class Trainer {
  readonly #supervisor: Supervisor;
  readonly #pending = new Map<number, Pending>();
  #child: Child | null = null;
  #nextId = 1;
  #hasHead = false;

  constructor(spawn: Spawn) {
    this.#supervisor = new Supervisor(spawn, 'The training process');
  }

  /** True once a training has succeeded in the process that is running: only then can `update` re-rank. */
  get ready(): boolean {
    return this.#hasHead && this.#child !== null;
  }

  /**
   * Computes the features that are missing, fits the head and scores every image.
   * @throws Failure `cancelled`, within two seconds of the signal; `trainer` where the process died, or what training
   * itself failed with.
   */
  async train(request: TrainRequest, listeners: TrainListeners): Promise<Trained> {
    this.#hasHead = false;
    const answer = await this.#work(request, listeners, (id, care, request) => ({
      kind: 'train',
      id,
      request,
      care,
    }));
    if (answer.kind !== 'trained') throw senseless();
    this.#hasHead = true;
    return answer.result;
  }

  /**
   * Fine-tunes networks out of fold; what was interrupted goes on from its last checkpoint.
   * @throws Failure as `train`, and `out-of-memory`, `device-lost`, `no-engine`.
   */
  async fineTune(request: FineTuneRequest, listeners: LearningListeners): Promise<FineTuned> {
    const answer = await this.#work(request, listeners, (id, care, request) => ({
      kind: 'fine-tune',
      id,
      request,
      care,
    }));
    if (answer.kind !== 'fine-tuned') throw senseless();
    return answer.result;
  }

  /** Looks for the learning rate. @throws Failure as `fineTune` */
  async findRate(request: FineTuneRequest, listeners: LearningListeners): Promise<RateFinding> {
    const answer = await this.#work(request, listeners, (id, care, request) => ({
      kind: 'find-rate',
      id,
      request,
      care,
    }));
    if (answer.kind !== 'rate-found') throw senseless();
    return answer.finding;
  }

  /** Draws a batch of what a network sees. @throws Failure as `fineTune` */
  async showBatch(request: ShowBatchRequest, listeners: TrainListeners): Promise<NetworkBatch> {
    const answer = await this.#work(request, listeners, (id, care, request) => ({
      kind: 'show-batch',
      id,
      request,
      care,
    }));
    if (answer.kind !== 'batch-shown') throw senseless();
    return answer.batch;
  }

  /** For when a person asks for a training: also where the process died so often that it isn't started by itself. */
  allowRestart(): void {
    this.#supervisor.forgive();
  }

  /** Re-ranks after label changes. `classes`: those of the last training in its order, then new ones. */
  async update(changes: readonly LabelChange[], classes: readonly ClassId[]): Promise<Scores> {
    const id = this.#nextId++;
    const answer = await this.#ask({ kind: 'update', id, changes, classes }, null);
    if (answer.kind !== 'updated') throw senseless();
    return answer.scores;
  }

  /** The images most like one, by the features of the last training. */
  async nearest(request: NearestRequest): Promise<NearestImages> {
    const id = this.#nextId++;
    const answer = await this.#ask({ kind: 'nearest', id, request }, null);
    if (answer.kind !== 'nearest') throw senseless();
    return answer.nearest;
  }

  /** Ends the process. What it was asked for is cancelled, and nothing is heard from it any more. */
  close(): void {
    this.#child?.kill();
    for (const { reject } of this.#pending.values()) reject(cancelled());
    this.#pending.clear();
  }

  /** Asks for something that reads the images, takes long, and can be cancelled. Where a file kills it, it goes on without. */
  async #work<R extends { readonly cacheFolder: string; readonly images: readonly PresizeImage[] }>(
    request: R,
    listeners: NonNullable<Pending['listeners']>,
    message: (id: number, care: Care, request: R) => ToTrainer,
  ): Promise<Answer> {
    // What one process has found out about a file, the next need not read again.
    const images = [...request.images];
    const remembering = {
      ...listeners,
      onFindings(findings: readonly Finding[]) {
        for (const { image, hash, reason } of findings) {
          const known = images[image];
          if (known && reason === null) images[image] = { ...known, hash };
        }
        listeners.onFindings(findings);
      },
    };
    const inFlight = join(request.cacheFolder, 'decoding');
    let care: Care = { inFlight, suspects: [], deadly: [] };
    for (;;) {
      forgetInFlight(inFlight);
      try {
        return await this.#attempt(message(this.#nextId++, care, { ...request, images }), remembering);
      } catch (error) {
        const next = error instanceof Died ? careAfter(care, readInFlight(inFlight), error.reason) : null;
        if (!next) throw error;
        if (next.deadly.length > care.deadly.length) this.#supervisor.forgive();
        care = next;
      }
    }
  }

  async #attempt(message: ToTrainer, listeners: NonNullable<Pending['listeners']>): Promise<Answer> {
    const { signal } = listeners;
    if (signal.aborted) throw cancelled();
    const { id } = message;
    let deadline: NodeJS.Timeout | undefined;
    const cancel = () => {
      this.#child?.send({ kind: 'cancel', id } satisfies ToTrainer);
      deadline = setTimeout(() => this.#child?.kill(), cancelPatience);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#ask(message, listeners);
    } finally {
      signal.removeEventListener('abort', cancel);
      clearTimeout(deadline);
    }
  }

  #ask(message: ToTrainer, listeners: Pending['listeners']): Promise<Answer> {
    const child = (this.#child ??= this.#start());
    return new Promise((resolve, reject) => {
      this.#pending.set(message.id, { resolve, reject, listeners });
      child.send(message);
    });
  }

  #start(): Child {
    const child = this.#supervisor.start(new URL('./process.ts', import.meta.url));
    child.onMessage((message) => {
      if (this.#child === child) this.#receive(message);
    });
    child.onExit((reason) => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#hasHead = false;
      const pending = [...this.#pending.values()];
      this.#pending.clear();
      for (const { reject, listeners } of pending) {
        reject(listeners?.signal.aborted ? cancelled() : new Died(reason));
      }
    });
    return child;
  }

  /** What comes too late (its request is cancelled or answered) is passed over; what makes no sense is logged, too. */
  #receive(received: unknown): void {
    const message = fromTrainer(received);
    const id = idOf(received);
    const pending = this.#pending.get(id);
    if (!message) {
      const shown = inspect(received, {
        depth: 1,
        maxStringLength: 100,
        maxArrayLength: 3,
        breakLength: 1e6,
      });
      console.error(`The training process sent what it should not: ${shown.slice(0, 300)}`);
    }
    if (!pending) return;
    if (message?.kind !== 'progress' && message?.kind !== 'findings' && message?.kind !== 'news') {
      this.#pending.delete(id);
      if (!message) pending.reject(senseless());
      else if (message.kind === 'failed')
        pending.reject(new Failure(message.error.code, message.error.message));
      else pending.resolve(message);
      return;
    }
    try {
      tell(pending.listeners, message);
    } catch (error) {
      // What was found can't be taken over (a full disk): then there is no use in going on.
      this.#pending.delete(id);
      this.#child?.send({ kind: 'cancel', id } satisfies ToTrainer);
      pending.reject(error);
    }
  }
}

function tell(
  listeners: Pending['listeners'],
  message: Extract<FromTrainer, { kind: 'progress' | 'findings' | 'news' }>,
): void {
  if (message.kind === 'findings') listeners?.onFindings(message.findings);
  else if (message.kind === 'news') listeners?.onNews?.(message.news);
  else listeners?.onProgress(message.phase, message.done, message.total);
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
