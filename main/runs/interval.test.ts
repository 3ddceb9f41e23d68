import { expect, test } from 'vitest';
import { wilsonInterval } from './interval.ts';

// From the tables of Newcombe (1998), method 3, and by statsmodels' proportion_confint(method='wilson').
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
  [29, 29, 0.883, 1],
])('%i of %i lies between %f and %f', (hits, total, low, high) => {
  const interval = wilsonInterval(hits, total);
  expect(interval?.[0]).toBeCloseTo(low, 4);
  expect(interval?.[1]).toBeCloseTo(high, 4);
});

test('nothing counted has no interval', () => {
  expect(wilsonInterval(0, 0)).toBeNull();
});
