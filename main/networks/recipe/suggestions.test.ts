import { expect, test } from 'vitest';
import type { FinderPoint } from '../../../shared/training.ts';
import { suggestRates, usable } from './suggestions.ts';

// Worked out by hand from `lr_find`, `valley`, `minimum` and `steep` of fastai/callback/schedule.py.

/** A curve of which exactly these losses are usable, at rates 10, 100, 1000 … */
function curve(losses: readonly number[]): FinderPoint[] {
  const points = losses.map((loss, place) => ({ rate: 10 ** (place + 1), loss }));
  return [
    ...Array.from({ length: 10 }, () => ({ rate: 1e-9, loss: -100 })),
    ...points,
    ...Array.from({ length: 5 }, () => ({ rate: 1e9, loss: -100 })),
  ];
}

test('the first ten points and the last five are left out, and all after the first NaN', () => {
  expect(usable(curve([3, 2, 1])).map(({ loss }) => loss)).toEqual([3, 2, 1]);
  expect(usable(curve([3, 2, Number.NaN, 1])).map(({ loss }) => loss)).toEqual([3, 2]);
  expect(suggestRates(curve([3]))).toBeNull();
  expect(suggestRates([])).toBeNull();
});

test('the suggestions are those of fastai', () => {
  // Losses      place: 0  1    2    3  4  5  6    7  8
  const losses = [5, 5.1, 4.9, 4, 2, 1, 0.8, 3, 9];
  // The lowest is at place 6: rate 1e7, a tenth of it.
  // The steepest step goes from place 3 to 4 (−2): fastai names the rate before the step, 1e4.
  // Longest decreasing subsequence: 5 (or 5.1), 4.9, 4, 2, 1, 0.8: six members, ending at place 6. The valley starts at
  // 6 − 6 = 0; a third of it is 2; place 0 + 2 + 1 = 3: 1e4.
  expect(suggestRates(curve(losses))).toEqual({ minimum: 1e6, steepest: 1e4, valley: 1e4 });
});

test('the valley is found behind a bump, and as Python cuts fractions off', () => {
  // 7 | 9 8 6 5 3 2 1 | 4: seven members that end at place 7 (9, 8, 6, 5, 3, 2, 1). Start 0, a third 2.33: 0 + 2 + 1 = 3.
  expect(suggestRates(curve([7, 9, 8, 6, 5, 3, 2, 1, 4]))?.valley).toBe(1e4);
  // 4 4 4 | 3 2 1: four members (4, 3, 2, 1) that end at place 5: start 1, a third 1.33: 1 + 1 + 0 = 2.
  expect(suggestRates(curve([4, 4, 4, 3, 2, 1]))?.valley).toBe(1e3);
  // Nothing falls: fastai's place 0.
  expect(suggestRates(curve([1, 2, 3, 4]))?.valley).toBe(10);
});
