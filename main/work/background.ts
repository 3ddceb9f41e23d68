// What a project does in the background: one task at a time, with its progress, its cancelling, and how it ended.
import type { Task, WorkKind } from '../../shared/contract.ts';
import { Failure, type FailureData } from '../../shared/failure.ts';
import { estimateRate } from './rate.ts';
import { toFailure, type Report, type TaskStart } from './tasks.ts';

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
  start(
    kind: WorkKind,
    start: TaskStart,
    work: (report: Report, signal: AbortSignal) => Promise<void>,
  ): void {
    if (this.#running) {
      throw new Failure(
        'busy',
        `${this.#running.state.title} is still running in ${this.#name}. Wait for it, or cancel it.`,
      );
    }
    const state = { ...start, done: 0, total: null, rate: null, secondsLeft: null };
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
    const report: Report = (now, done, total) => {
      if (this.#running !== running) return;
      if (now.title !== running.state.title) rate = estimateRate();
      running.state = { ...now, done, total, ...rate.at(done, total) };
      this.#listeners.onChange();
    };
    try {
      await work(report, running.controller.signal);
    } catch (error) {
      this.#failure = toFailure(error);
    } finally {
      this.#running = null;
      this.#listeners.onEnd();
    }
  }
}
