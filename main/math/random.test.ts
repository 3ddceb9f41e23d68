import { expect, test } from 'vitest';
import { createRandom, xoshiro128 } from './random.ts';

const take = (count: number, next: () => number) => Array.from({ length: count }, next);

test('gives the published numbers of xoshiro128** for the state 1, 2, 3, 4', () => {
  expect(take(10, xoshiro128([1, 2, 3, 4]))).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]);
});

test('repeats itself for a seed and differs between neighbouring seeds', () => {
  expect(take(5, createRandom(7))).toEqual(take(5, createRandom(7)));
  const first = [0, 1, 2, 3].map((seed) => createRandom(seed)());
  expect(new Set(first).size).toBe(4);
});

test('fills the interval from 0 to 1 evenly', () => {
  const numbers = take(100_000, createRandom(0));
  expect(Math.min(...numbers.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
  for (const share of [0.1, 0.25, 0.5, 0.9]) {
    expect(numbers.filter((number) => number < share).length / numbers.length).toBeCloseTo(share, 2);
  }
  expect(numbers.every((number) => number < 1)).toBe(true);
});
