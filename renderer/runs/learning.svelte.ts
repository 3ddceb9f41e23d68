// What networks do in the open project, as the app tells it, and the form that asks for it. Outlives the view.
import type { Learning, Training } from '../../shared/contract.ts';
import type { LearningRequest, NetworkEngine } from '../../shared/training.ts';
import { Load } from '../load.svelte.ts';
import type { Project } from '../project.svelte.ts';
import { FineTuning } from './fineTuning.svelte.ts';

export class NetworkLearning {
  /** Null before the first answer. */
  now = $state.raw<Learning | null>(null);
  readonly form = new FineTuning();
  readonly engines = new Load<readonly NetworkEngine[]>();
  readonly #project: Project;
  #wanted = 0;
  #read = -1;
  #reading = false;

  constructor(project: Project) {
    this.#project = project;
  }

  /** Reads until it knows what there was to tell at this number: one reading at a time, of the latest. */
  async follow(version: number): Promise<void> {
    this.#wanted = version;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#read !== this.#wanted) {
        const about = this.#wanted;
        const now = await this.#project.call('learning.read', this.#project.id);
        this.#take(now);
        this.#read = about;
      }
    } catch {
      // The page says already that the app does not answer; the next news are read again.
    } finally {
      this.#reading = false;
    }
  }

  /** Tries the engines, once. */
  findEngines(): void {
    if (this.engines.view.is === 'ready') return;
    void this.engines.run(() => this.#project.call('engines.list'));
  }

  train(request: LearningRequest): Promise<void> {
    return this.#project.ask(() => this.#project.call('learning.train', this.#project.id, request));
  }

  findRate(request: LearningRequest): Promise<void> {
    return this.#project.ask(() => this.#project.call('learning.findRate', this.#project.id, request));
  }

  showBatch(request: LearningRequest, epoch: number): Promise<void> {
    return this.#project.ask(() =>
      this.#project.call('learning.showBatch', this.#project.id, request, epoch),
    );
  }

  /** Fills the form to train again as that training was, with as many epochs as it recommends. */
  takeEpochs({ options, recommendedEpochs }: Training): void {
    const epochs = recommendedEpochs ?? options.epochs;
    const { engine, allowFallback } = this.form;
    this.form.takeRequest({ options: { ...options, epochs }, engine, allowFallback });
    this.form.touched = true;
  }

  /** After a reload of the page the form is as it was when something was last asked for. */
  #take(now: Learning): void {
    const last = now.training ?? now.rate ?? now.batch;
    if (this.now === null && last && !this.form.touched) this.form.takeRequest(last.request);
    this.now = now;
  }
}
