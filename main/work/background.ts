// What a project does in the background: one task at a time, with its progress, its cancelling, and how it ended.
import type { Task, WorkKind } from '../../shared/contract.ts';
import { Failure, type FailureData } from '../../shared/failure.ts';
import { phases, type Phase } from '../../shared/work.ts';
import { estimateRate } from './rate.ts';
import { unfollowed, type Work } from './work.ts';

export interface BackgroundListeners {
  /** A task began, or went on. */
  readonly onChange: () => void;
  /** After a task, however it ended. */
  readonly onEnd: () => void;
}

interface Running {
  state: Task;
  readonly controller: AbortController;
  finished: Promise<void>;
}

export class Background {
  readonly #name: string;
  readonly #listeners: BackgroundListeners;
  #running: Running | null = null;
  #work: WorkKind | null = null;
  #failure: FailureData | null = null;

  /** `name`: where it works, as people call it. */
  constructor(name: string, listeners: BackgroundListeners) {
    this.#name = name;
    this.#listeners = listeners;
  }

  get task(): Task | null {
    return this.#running?.state ?? null;
  }

  /** What runs, or ran last. */
  get work(): WorkKind | null {
    return this.#work;
  }

  /** Why the last task failed, or that it was cancelled; null while one runs. */
  get failure(): FailureData | null {
    return this.#failure;
  }

  /** @throws Failure `busy` while another task runs. */
  start(kind: WorkKind, phase: Phase, work: (work: Work) => Promise<void>): void {
    if (this.#running) {
      throw new Failure(
        'busy',
        `${this.#running.state.title} is still running in ${this.#name}. Wait for it, or cancel it.`,
      );
    }
    const state = { phase, ...phases[phase], done: 0, total: null, rate: null, secondsLeft: null };
    const running: Running = { state, controller: new AbortController(), finished: Promise.resolve() };
    this.#running = running;
    this.#work = kind;
    this.#failure = null;
    running.finished = this.#run(running, work);
    this.#listeners.onChange();
  }

  cancel(): void {
    this.#running?.controller.abort(new Failure('cancelled', 'Cancelled. What was finished is kept.'));
  }

  /** Resolves once nothing runs. */
  async finished(): Promise<void> {
    await this.#running?.finished;
  }

  async #run(running: Running, work: Parameters<Background['start']>[2]): Promise<void> {
    let rate = estimateRate();
    const progress: Work['progress'] = (phase, done, total) => {
      if (this.#running !== running) return;
      if (phase !== running.state.phase) rate = estimateRate();
      running.state = { phase, ...phases[phase], done, total, ...rate.at(done, total) };
      this.#listeners.onChange();
    };
    try {
      const { signal } = running.controller;
      await work({ ...unfollowed(signal), progress });
    } catch (error) {
      this.#failure = toFailure(error);
    } finally {
      this.#running = null;
      this.#listeners.onEnd();
    }
  }
}

export function toFailure(error: unknown): FailureData {
  if (error instanceof Failure) return { code: error.code, message: error.message };
  console.error(error);
  return {
    code: 'internal',
    message: `Something unexpected happened (${error instanceof Error ? error.message : String(error)}). Your labels are stored.`,
  };
}
