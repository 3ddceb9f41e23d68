import { expect, test } from 'vitest';
import type { EpochSummary, TrainingCurves } from '../../shared/training.ts';
import { linearAxis, logAxis, position, rateText } from './axis.ts';
import { describeCurves, epochRows, linesOf } from './curves.ts';

const summary = (fold: number, epoch: number, validLoss: number): EpochSummary => ({
  fold,
  epoch,
  trainLoss: 1 - epoch / 10,
  validLoss,
  accuracy: 0.5 + epoch / 10,
  learningRate: 1e-3,
  imagesPerSecond: 20,
});

const curves: TrainingCurves = {
  folds: 2,
  epochs: 3,
  freezeEpochs: 1,
  summaries: [summary(0, 0, 1), summary(0, 1, 0.6), summary(0, 2, 0.8), summary(1, 0, 0.8)],
  steps: [
    { fold: 1, at: 0.5, loss: 1.2, learningRate: 1e-4 },
    { fold: 1, at: 1, loss: 1, learningRate: 2e-3 },
  ],
};

test('a fold is told by its steps; where they are not known any more, by its epochs', () => {
  const first = linesOf(curves, 0);
  expect(first.loss.map(({ kind, points }) => [kind, points])).toEqual([
    [
      'training',
      [
        [1, 1],
        [2, 0.9],
        [3, 0.8],
      ],
    ],
    [
      'validation',
      [
        [1, 1],
        [2, 0.6],
        [3, 0.8],
      ],
    ],
  ]);
  expect(first.loss.every(({ faint }) => !faint)).toBe(true);
  const second = linesOf(curves, 1);
  expect(second.loss[0]?.points).toEqual([
    [0.5, 1.2],
    [1, 1],
  ]);
  expect(second.rate[0]?.points).toEqual([
    [0.5, 1e-4],
    [1, 2e-3],
  ]);
});

test('all folds are drawn faintly, and their mean over those that have come as far', () => {
  const { loss, accuracy } = linesOf(curves, null);
  const validation = loss.filter(({ kind }) => kind === 'validation');
  expect(validation.map(({ faint }) => faint)).toEqual([true, true, false]);
  expect(validation.at(-1)?.points).toEqual([
    [1, 0.9],
    [2, 0.6],
    [3, 0.8],
  ]);
  expect(accuracy).toHaveLength(3);
});

test('an epoch that went on after an earlier attempt joins what is known of it', () => {
  const resumed = { ...curves, steps: [{ fold: 0, at: 2.5, loss: 0.7, learningRate: 1e-3 }] };
  expect(linesOf(resumed, 0).loss[0]?.points).toEqual([
    [1, 1],
    [2, 0.9],
    [2.5, 0.7],
  ]);
});

test('the curves are told in a sentence', () => {
  expect(describeCurves(epochRows(curves, 0))).toBe(
    'Training loss from 1.000 to 0.800 in 3 epochs; validation loss 0.800, lowest 0.600 after epoch 2; accuracy 70.0 %.',
  );
  expect(describeCurves(epochRows({ ...curves, summaries: [] }, null))).toBe('No epoch has ended yet.');
});

test('axes have round ticks that hold all values', () => {
  expect(linearAxis(0, 1.13, 4).ticks.map(({ text }) => text)).toEqual(['0', '0.5', '1', '1.5']);
  expect(linearAxis(0.31, 0.92, 3).ticks.map(({ at }) => at)).toEqual([0, 0.5, 1]);
  const rates = logAxis(1e-7, 10);
  expect(rates.ticks.map(({ text }) => text)).toEqual(['1e-7', '1e-5', '1e-3', '0.1', '10']);
  expect(position(rates, 1e-3)).toBeCloseTo(0.5);
  expect([2e-3, 1.5e-5, 0.0123, 3].map(rateText)).toEqual(['0.002', '1.5e-5', '0.012', '3']);
});
