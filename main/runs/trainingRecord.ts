// What a fine-tuning has told so far, as curves to draw. Whatever comes again is of a new attempt: it takes the place of
// what came before.
import type { EpochSummary, StepPoint } from '../../shared/training.ts';
import type { LearningFound } from '../networks/index.ts';

/** Points of a fold: more than a chart can show are not kept. */
const mostSteps = 400;
const notesKept = 200;

export class TrainingRecord {
  readonly #notes: string[] = [];
  #summaries: EpochSummary[] = [];
  readonly #folds: { steps: StepPoint[]; last: number; every: number; seen: number }[] = [];

  get notes(): readonly string[] {
    return this.#notes;
  }

  get summaries(): readonly EpochSummary[] {
    return this.#summaries;
  }

  /** Fold by fold. */
  get steps(): readonly StepPoint[] {
    return this.#folds.flatMap(({ steps }) => steps);
  }

  note(text: string): void {
    if (this.#notes.length < notesKept) this.#notes.push(text);
  }

  take(found: LearningFound): void {
    if (found.kind === 'step') this.#takeStep(found.point);
    if (found.kind === 'epoch') {
      const { fold, epoch } = found.summary;
      this.#forget(fold, epoch);
      this.#summaries.push(found.summary);
    }
  }

  #takeStep(point: StepPoint): void {
    const { fold, at } = point;
    const curve = (this.#folds[fold] ??= { steps: [], last: 0, every: 1, seen: 0 });
    if (at <= curve.last) {
      curve.steps = curve.steps.filter((step) => step.at < at);
      this.#folds.length = fold + 1;
      this.#forget(fold, Math.floor(at));
    }
    curve.last = at;
    if (curve.seen++ % curve.every !== 0) return;
    curve.steps.push({ fold, at, loss: short(point.loss), learningRate: short(point.learningRate) });
    if (curve.steps.length < mostSteps) return;
    curve.steps = curve.steps.filter((_, place) => place % 2 === 0);
    curve.every *= 2;
  }

  /** Epochs of a fold from one on, and all folds after it. */
  #forget(fold: number, epoch: number): void {
    this.#summaries = this.#summaries.filter(
      (summary) => summary.fold < fold || (summary.fold === fold && summary.epoch < epoch),
    );
  }
}

const short = (value: number) => Number(value.toPrecision(4));
