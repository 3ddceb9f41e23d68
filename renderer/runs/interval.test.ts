import { expect, test } from 'vitest';
import { wilson } from './interval.ts';

test('agrees with the published example of 15 of 148', () => {
  const { low, high } = wilson(15 / 148, 148);
  expect(low).toBeCloseTo(0.0624, 4);
  expect(high).toBeCloseTo(0.1605, 4);
});

test('stays within 0 and 1 where all or none are right', () => {
  expect(wilson(1, 5)).toMatchObject({ high: 1 });
  expect(wilson(0, 5)).toMatchObject({ low: 0 });
});
