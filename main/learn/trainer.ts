// The parent's side of the trainer process: starts it, asks it, and turns its death into a sentence. The process may
// crash or be killed at any time; labels live here, so nothing is lost with it.
import { Failure } from '../../shared/failure.ts';
import type { Child, Spawn } from '../process/child.ts';
import type {
  Finding,
  FromTrainer,
  LabelChange,
  NearestImages,
  NearestRequest,
  Phase,
  ToTrainer,
  TrainRequest,
  Trained,
  TrainScores,
} from './protocol.ts';

export interface TrainListeners {
  readonly signal: AbortSignal;
  readonly onProgress: (phase: Phase, done: number, total: number) => void;
  readonly onFindings: (findings: readonly Finding[]) => void;
}

type Answer = Trained | TrainScores | NearestImages;

interface Pending {
  resolve(value: Answer): void;
  reject(error: unknown): void;
  readonly listeners: TrainListeners | null;
}

export class Trainer {
  readonly #spawn: Spawn;
  readonly #pending = new Map<number, Pending>();
  #child: Child | null = null;
  #nextId = 1;
  #hasHead = false;

  constructor(spawn: Spawn) {
    this.#spawn = spawn;
  }

  /** True once a training has succeeded in the process that is running: only then can `update` re-rank. */
  get ready(): boolean {
    return this.#hasHead && this.#child !== null;
  }

  /**
   * Computes the features that are missing, fits the head and scores every image.
   * @throws Failure `cancelled`, `trainer` where the process died, or what training itself failed with.
   */
  async train(request: TrainRequest, listeners: TrainListeners): Promise<Trained> {
    const { signal } = listeners;
    if (signal.aborted) throw cancelled();
    this.#hasHead = false;
    const id = this.#nextId++;
    const cancel = () => this.#send({ kind: 'cancel', id });
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const trained = await this.#ask({ kind: 'train', id, request }, listeners);
      this.#hasHead = true;
      return trained as Trained;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Re-ranks after label changes; `image` counts as in the last training's request. */
  async update(changes: readonly LabelChange[], classes: number): Promise<TrainScores> {
    const id = this.#nextId++;
    return (await this.#ask({ kind: 'update', id, changes, classes }, null)) as TrainScores;
  }

  /** The images most like one, by the features of the last training, in whose request images are counted. */
  async nearest(request: NearestRequest): Promise<NearestImages> {
    const id = this.#nextId++;
    return (await this.#ask({ kind: 'nearest', id, request }, null)) as NearestImages;
  }

  /** Ends the process. What it was asked for is cancelled, and nothing is heard from it any more. */
  close(): void {
    this.#child?.kill();
    for (const { reject } of this.#pending.values()) reject(cancelled());
    this.#pending.clear();
  }

  #ask(message: ToTrainer, listeners: TrainListeners | null): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#pending.set(message.id, { resolve, reject, listeners });
      this.#send(message);
    });
  }

  #send(message: ToTrainer): void {
    this.#child ??= this.#start();
    this.#child.send(message);
  }

  #start(): Child {
    const child = this.#spawn(new URL('./process.ts', import.meta.url));
    child.onMessage((message) => this.#receive(message as FromTrainer));
    child.onExit((reason) => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#hasHead = false;
      const pending = [...this.#pending.values()];
      this.#pending.clear();
      for (const { reject, listeners } of pending) {
        reject(listeners?.signal.aborted ? cancelled() : died(reason));
      }
    });
    return child;
  }

  #receive(message: FromTrainer): void {
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    switch (message.kind) {
      case 'progress':
      case 'findings':
        try {
          tell(pending.listeners, message);
        } catch (error) {
          // What was found can't be taken over (a full disk): then there is no use in going on.
          this.#pending.delete(message.id);
          this.#send({ kind: 'cancel', id: message.id });
          pending.reject(error);
        }
        return;
      case 'trained':
        pending.resolve(message.result);
        break;
      case 'updated':
        pending.resolve(message.scores);
        break;
      case 'nearest':
        pending.resolve(message.nearest);
        break;
      case 'failed':
        pending.reject(new Failure(message.error.code, message.error.message));
    }
    this.#pending.delete(message.id);
  }
}

function tell(
  listeners: TrainListeners | null,
  message: Extract<FromTrainer, { kind: 'progress' | 'findings' }>,
): void {
  if (message.kind === 'findings') listeners?.onFindings(message.findings);
  else listeners?.onProgress(message.phase, message.done, message.total);
}

const cancelled = () =>
  new Failure(
    'cancelled',
    'Training was cancelled. The features computed so far are kept for the next time.',
  );

const died = (reason: string) =>
  new Failure(
    'trainer',
    `The training process ended (${reason}). Your labels are safe, and the features computed so far are kept. Train again to go on from there.`,
  );
