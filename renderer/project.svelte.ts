// The open project: its latest state and what is asked of it as a whole. It knows nothing of the list on the screen.
import { applyChange } from '../shared/change.ts';
import type { ClassId, Label, ProjectChange, ProjectState } from '../shared/contract.ts';
import { Failure } from '../shared/failure.ts';
import { asFailure, type Call } from './client.ts';
import { readable } from './format.ts';

/** Changes that could not be stored for now: they wait, in their order, for one to go through. */
export interface Held {
  readonly reason: string;
  readonly changes: number;
  readonly retry: () => void;
}

/** What has happened to images. */
type ChangeListener = (change: Pick<ProjectChange, 'images' | 'andMore'>) => void;

export class Project {
  state: ProjectState;
  /** What the last failed action of this page has to say; cleared by the user. */
  complaint = $state.raw<Failure | null>(null);
  held = $state.raw<Held | null>(null);
  readonly call: Call;
  /** Former classes too: the history speaks of them, and so may an event that came before their return was told. */
  #classNames: ReadonlyMap<ClassId, string> = $derived.by(
    () => new Map([...this.state.formerClasses, ...this.state.classes].map(({ id, name }) => [id, name])),
  );
  /** Changes of a later state than the one that is known: what lies between is on its way. */
  #ahead: readonly ProjectChange[] = [];
  readonly #listeners = new Set<ChangeListener>();
  #dismissed = $state.raw<readonly string[]>([]);

  readonly id = $derived.by(() => this.state.id);
  readonly reviewed = $derived.by(() => {
    const { relabel, keep, exclude, unsure } = this.state.verdicts;
    return relabel + keep + exclude + unsure;
  });
  /** Another value after each decision, whichever page it was made on. */
  readonly decided = $derived.by(() => this.state.decided);
  /** Why the last task failed, until dismissed or tried again. */
  readonly failure = $derived.by(() => {
    const { failure } = this.state;
    return failure && !this.#dismissed.includes(failure.message)
      ? new Failure(failure.code, failure.message)
      : null;
  });
  readonly notice = $derived.by(() => {
    const { notice } = this.state;
    return notice !== null && !this.#dismissed.includes(notice) ? notice : null;
  });

  constructor(call: Call, state: ProjectState) {
    this.call = call;
    this.state = $state.raw(state);
  }

  /** Calls back with each change that is taken over, until what it returns is called. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over a change, which an answer and an event may both bring: once, and in order. */
  accept(change: ProjectChange): void {
    this.#ahead = [...this.#ahead, change];
    for (let next = this.#nextChange(); next; next = this.#nextChange()) {
      this.#show(applyChange(this.state, next), next);
    }
  }

  /**
   * Takes over a state that was read anew: after a restart of the app its revision cannot be compared. Nobody told what
   * happened to images meanwhile.
   */
  replace(state: ProjectState): void {
    this.#ahead = [];
    this.#show(state, { images: [], andMore: true });
  }

  #nextChange(): ProjectChange | undefined {
    const { revision } = this.state;
    this.#ahead = this.#ahead.filter((change) => change.revision > revision);
    return this.#ahead.find((change) => change.from <= revision);
  }

  #show(state: ProjectState, change: Parameters<ChangeListener>[0]): void {
    if (state.task) this.#dismissed = [];
    this.state = state;
    for (const listener of this.#listeners) listener(change);
  }

  /** Shows a message no more, until the next task. */
  dismiss(message: string): void {
    this.#dismissed = [...this.#dismissed, message];
  }

  /** Asks for something that answers with what it changed. */
  async ask(work: () => Promise<ProjectChange>): Promise<void> {
    try {
      this.accept(await work());
    } catch (error) {
      this.complaint = asFailure(error);
    }
  }

  train(backbone: string | null = null): Promise<void> {
    return this.ask(() => this.call('runs.train', this.id, backbone));
  }

  /** Does again what the last task did not get done; a training of networks goes on where it stopped. */
  async tryAgain(): Promise<void> {
    if (this.state.work === 'baseline') return this.train();
    try {
      const { training } = await this.call('learning.read', this.id);
      if (training) this.accept(await this.call('learning.train', this.id, training.request));
    } catch (error) {
      this.complaint = asFailure(error);
    }
  }

  async cancelTask(): Promise<void> {
    await this.call('task.cancel', this.id).catch((error: unknown) => {
      this.complaint = asFailure(error);
    });
  }

  /** As it may be shown. */
  className(id: ClassId): string {
    return readable(this.#classNames.get(id) ?? `class ${id}`);
  }

  labelName(label: Label): string {
    return label.length === 0 ? 'no label' : label.map((id) => this.className(id)).join(' + ');
  }
}
