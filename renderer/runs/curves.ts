// The lines of a training: fold by fold, and their mean. Pure: it draws nothing and asks for nothing.
import type { EpochSummary, TrainingCurves } from '../../shared/training.ts';

export type Point = readonly [x: number, y: number];

export interface Line {
  readonly kind: 'training' | 'validation' | 'accuracy' | 'rate';
  readonly points: readonly Point[];
  /** One of several folds: less than their mean. */
  readonly faint: boolean;
  /** Points that are measured one by one, and seen as such. */
  readonly dots: boolean;
}

export interface TrainingLines {
  readonly loss: readonly Line[];
  readonly accuracy: readonly Line[];
  readonly rate: readonly Line[];
}

type Measure = (summary: EpochSummary) => number | null;

const trainLoss: Measure = (summary) => summary.trainLoss;
const validLoss: Measure = (summary) => summary.validLoss;
const accuracy: Measure = (summary) => summary.accuracy;

/** @param fold from 0; null: all, with their mean. Epochs are counted from 0, so that the first ends at 1. */
export function linesOf(curves: TrainingCurves, fold: number | null): TrainingLines {
  const folds = fold === null ? Array.from({ length: curves.folds }, (_, place) => place) : [fold];
  const faint = folds.length > 1;
  const training = folds.map((place) => trainingLoss(curves, place));
  const measured = (kind: Line['kind'], of: Measure): Line[] => [
    ...folds.map((place) => ({ kind, points: byEpoch(curves, place, of), faint, dots: !faint })),
    ...(faint ? [{ kind, points: means(curves, of), faint: false, dots: true }] : []),
  ];
  // The same in every fold: that which has come furthest tells most.
  const [furthest = []] = folds.map((place) => rates(curves, place)).toSorted((a, b) => b.length - a.length);
  return {
    loss: known([
      ...training.map((points): Line => ({ kind: 'training', points, faint, dots: false })),
      ...(faint
        ? [{ kind: 'training', points: means(curves, trainLoss), faint: false, dots: false } as const]
        : []),
      ...measured('validation', validLoss),
    ]),
    accuracy: known(measured('accuracy', accuracy)),
    rate: known([{ kind: 'rate', points: furthest, faint: false, dots: false }]),
  };
}

const known = (lines: readonly Line[]): Line[] => lines.filter(({ points }) => points.length > 0);

/** By step where steps are known; the epochs of an earlier attempt have only their mean. */
function trainingLoss({ steps, summaries }: TrainingCurves, fold: number): readonly Point[] {
  const known = steps.filter((step) => step.fold === fold);
  const from = Math.floor(known[0]?.at ?? Number.POSITIVE_INFINITY);
  return [
    ...summaries
      .filter((summary) => summary.fold === fold && summary.epoch < from)
      .map(({ epoch, trainLoss }): Point => [epoch + 1, trainLoss]),
    ...known.map(({ at, loss }): Point => [at, loss]),
  ];
}

function rates({ steps, summaries }: TrainingCurves, fold: number): readonly Point[] {
  const known = steps.filter((step) => step.fold === fold);
  if (known.length > 0) return known.map(({ at, learningRate }): Point => [at, learningRate]);
  return summaries
    .filter((summary) => summary.fold === fold)
    .map(({ epoch, learningRate }): Point => [epoch + 1, learningRate]);
}

function byEpoch({ summaries }: TrainingCurves, fold: number, of: Measure): readonly Point[] {
  return summaries.flatMap((summary): readonly Point[] => {
    const value = of(summary);
    return summary.fold === fold && value !== null ? [[summary.epoch + 1, value]] : [];
  });
}

/** The mean over the folds that have come so far; every epoch of it is a mean of at least one. */
function means({ summaries, epochs }: TrainingCurves, of: Measure): readonly Point[] {
  return Array.from({ length: epochs }, (_, epoch): readonly Point[] => {
    const values = summaries.flatMap((summary) => (summary.epoch === epoch ? (of(summary) ?? []) : []));
    return values.length === 0
      ? []
      : [[epoch + 1, values.reduce((sum, value) => sum + value, 0) / values.length]];
  }).flat();
}

/** One row an epoch, of one fold or as the mean of all. */
export interface EpochRow {
  readonly epoch: number;
  readonly training: number;
  readonly validation: number | null;
  readonly accuracy: number | null;
}

export function epochRows(curves: TrainingCurves, fold: number | null): readonly EpochRow[] {
  const shown = {
    ...curves,
    summaries: curves.summaries.filter((each) => fold === null || each.fold === fold),
  };
  const validation = new Map(means(shown, validLoss));
  const shares = new Map(means(shown, accuracy));
  return means(shown, trainLoss).map(([epoch, training]) => ({
    epoch,
    training,
    validation: validation.get(epoch) ?? null,
    accuracy: shares.get(epoch) ?? null,
  }));
}

/** "Training loss from 1.09 to 0.32; validation loss 0.61, lowest 0.58 after epoch 6; accuracy 81.2 %." */
export function describeCurves(rows: readonly EpochRow[]): string {
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) return 'No epoch has ended yet.';
  const training =
    first === last
      ? `Training loss ${first.training.toFixed(3)} after epoch 1`
      : `Training loss from ${first.training.toFixed(3)} to ${last.training.toFixed(3)} in ${last.epoch} epochs`;
  const validated = rows.filter(({ validation }) => validation !== null);
  const best = validated.toSorted((a, b) => (a.validation ?? 0) - (b.validation ?? 0))[0];
  return `${[
    training,
    ...(last.validation === null || !best
      ? []
      : [
          `validation loss ${last.validation.toFixed(3)}${best === last ? '' : `, lowest ${best.validation?.toFixed(3)} after epoch ${best.epoch}`}`,
        ]),
    ...(last.accuracy === null ? [] : [`accuracy ${(last.accuracy * 100).toFixed(1)} %`]),
  ].join('; ')}.`;
}
