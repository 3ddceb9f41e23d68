import { expect, test } from 'vitest';
import type { EpochSummary, StepPoint } from '../../shared/training.ts';
import { TrainingRecord } from './trainingRecord.ts';

const step = (fold: number, at: number, loss = 1): { kind: 'step'; point: StepPoint } => ({
  kind: 'step',
  point: { fold, at, loss, learningRate: 1e-3 },
});

const epoch = (fold: number, number: number): { kind: 'epoch'; summary: EpochSummary } => ({
  kind: 'epoch',
  summary: {
    fold,
    epoch: number,
    trainLoss: 1,
    validLoss: 1,
    accuracy: 0.5,
    learningRate: 1e-3,
    imagesPerSecond: 10,
  },
});

function record(...news: Parameters<TrainingRecord['take']>[0][]) {
  const kept = new TrainingRecord();
  for (const each of news) kept.take(each);
  return {
    steps: kept.steps.map(({ fold, at }) => [fold, at]),
    epochs: kept.summaries.map(({ fold, epoch: number }) => [fold, number]),
    record: kept,
  };
}

const attempt = [step(0, 0.5), step(0, 1), epoch(0, 0), step(0, 1.5), step(0, 2), epoch(0, 1)];

test('a training is recorded as it tells', () => {
  const { steps, epochs } = record(...attempt, step(1, 0.5));
  expect(steps).toEqual([
    [0, 0.5],
    [0, 1],
    [0, 1.5],
    [0, 2],
    [1, 0.5],
  ]);
  expect(epochs).toEqual([
    [0, 0],
    [0, 1],
  ]);
});

test('an attempt that begins anew takes the place of the one before it', () => {
  const { steps, epochs } = record(...attempt, step(1, 0.5), step(0, 0.25));
  expect(steps).toEqual([[0, 0.25]]);
  expect(epochs).toEqual([]);
});

test('an attempt that goes on after an epoch takes the place of what was unfinished', () => {
  const { steps, epochs } = record(
    ...attempt,
    step(1, 0.5),
    step(1, 1),
    epoch(1, 0),
    step(1, 1.5),
    // The finished epochs are told again, the fold goes on after them.
    epoch(0, 0),
    epoch(0, 1),
    epoch(1, 0),
    step(1, 1.25),
  );
  expect(steps.slice(4)).toEqual([
    [1, 0.5],
    [1, 1],
    [1, 1.25],
  ]);
  expect(epochs).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
  ]);
});

test('a long training is thinned out evenly, and its course is kept', () => {
  const { record: kept } = record(...Array.from({ length: 10_000 }, (_, i) => step(0, (i + 1) / 100, i)));
  const { steps } = kept;
  expect(steps.length).toBeLessThan(400);
  expect(steps.length).toBeGreaterThan(150);
  expect(steps[0]?.at).toBe(0.01);
  expect(steps.at(-1)?.at).toBeGreaterThan(99);
  const gaps = new Set(steps.slice(1).map(({ at }, i) => Math.round((at - (steps[i]?.at ?? 0)) * 100)));
  expect(gaps.size).toBe(1);
});
