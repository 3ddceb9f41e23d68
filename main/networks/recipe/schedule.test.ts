import { expect, test } from 'vitest';
import { cosine, exponential, geometric, planPhases, ratesAt } from './schedule.ts';

// Worked out by hand from fastai/callback/schedule.py: sched_cos, combined_cos, fit_one_cycle, fine_tune, and
// Optimizer.set_hyper of fastai/optimizer.py. cos 60° = 1/2 and cos 45° = √2/2 make the numbers easy.

test('the cosine goes from start to end, half of the way at half the time', () => {
  expect(cosine(1, 3, 0)).toBeCloseTo(1, 12);
  // 1 + (1 + cos 120°) · 2 / 2
  expect(cosine(1, 3, 1 / 3)).toBeCloseTo(1.5, 12);
  expect(cosine(1, 3, 1 / 2)).toBeCloseTo(2, 12);
  expect(cosine(1, 3, 2 / 3)).toBeCloseTo(2.5, 12);
  expect(cosine(1, 3, 1)).toBeCloseTo(3, 12);
});

test('one cycle follows the table of fit_one_cycle', () => {
  const phase = { epochs: 1, frozen: false, rates: [0.1], rise: 0.25, startDivisor: 25 };
  const table: [position: number, rate: number, momentum: number][] = [
    [0, 0.1 / 25, 0.95],
    // A third of the rise: a quarter of the way from 0.004 to 0.1.
    [0.25 / 3, 0.004 + 0.096 / 4, 0.95 - 0.1 / 4],
    [0.125, (0.004 + 0.1) / 2, 0.9],
    [0.25, 0.1, 0.85],
    // A third of the fall from 0.1 to 1e-6.
    [0.5, 0.1 - (0.1 - 1e-6) / 4, 0.85 + 0.1 / 4],
    [0.625, (0.1 + 1e-6) / 2, 0.9],
    [0.75, 0.1 - (3 * (0.1 - 1e-6)) / 4, 0.85 + (3 * 0.1) / 4],
    [1, 1e-6, 0.95],
  ];
  for (const [position, rate, momentum] of table) {
    const at = ratesAt(phase, position);
    expect(at.rates[0], `rate at ${position}`).toBeCloseTo(rate, 12);
    expect(at.momentum, `momentum at ${position}`).toBeCloseTo(momentum, 12);
  }
});

test('rates are spread geometrically over the layer groups', () => {
  expect(geometric(1e-6, 1e-4, 3)).toEqual([1e-6, expect.closeTo(1e-5, 15), expect.closeTo(1e-4, 15)]);
  expect(geometric(1e-6, 1e-4, 1)).toEqual([1e-4]);
  expect(geometric(1, 16, 5).map(Math.round)).toEqual([1, 2, 4, 8, 16]);
});

test('fine_tune trains the head first, then everything at half the rate, a hundredth of it at the input', () => {
  const phases = planPhases({ freezeEpochs: 1, epochs: 4, rate: 2e-3, groups: 3, pretrained: true });
  expect(phases).toEqual([
    { epochs: 1, frozen: true, rates: [2e-4, 2e-4, 2e-3], rise: 0.99, startDivisor: 25 },
    {
      epochs: 4,
      frozen: false,
      rates: [expect.closeTo(1e-5, 12), expect.closeTo(1e-4, 12), expect.closeTo(1e-3, 12)],
      rise: 0.3,
      startDivisor: 5,
    },
  ]);
});

test('a range of rates is that of the unfrozen phase', () => {
  const [frozen, unfrozen] = planPhases({
    freezeEpochs: 1,
    epochs: 4,
    rate: [1e-6, 1e-4],
    groups: 3,
    pretrained: true,
  });
  expect(frozen?.rates).toEqual([2e-4, 2e-4, 2e-3]);
  expect(unfrozen?.rates).toEqual([1e-6, expect.closeTo(1e-5, 15), expect.closeTo(1e-4, 15)]);
});

test('a network from scratch is trained in one cycle, all of it from the first step', () => {
  expect(planPhases({ freezeEpochs: 1, epochs: 4, rate: 3e-3, groups: 3, pretrained: false })).toEqual([
    { epochs: 5, frozen: false, rates: [3e-3, 3e-3, 3e-3], rise: 0.25, startDivisor: 25 },
  ]);
});

test('phases without epochs are left out', () => {
  const phases = planPhases({ freezeEpochs: 0, epochs: 4, rate: 1e-3, groups: 2, pretrained: true });
  expect(phases.map(({ frozen }) => frozen)).toEqual([false]);
});

test('the finder grows its rate by the same factor at each step', () => {
  expect(exponential(1e-7, 10, 0)).toBe(1e-7);
  expect(exponential(1e-7, 10, 0.5)).toBeCloseTo(1e-3, 12);
  expect(exponential(1e-7, 10, 0.75)).toBeCloseTo(0.1, 12);
});
