import { expect, test } from 'vitest';
import type { ClassId, Insights } from '../../shared/contract.ts';
import { bins, byConfusion, reviewedShare } from './histogram.ts';

const [daisy, rose, tulip] = [1 as ClassId, 2 as ClassId, 3 as ClassId];
const insights: Insights = {
  classes: [daisy, rose, tulip],
  confusion: [
    [9, 1, 0],
    [0, 8, 4],
    [0, 3, 7],
  ],
  edges: [0, 1, 2],
  histogram: [
    { class: daisy, counts: [8, 2] },
    { class: rose, counts: [6, 2] },
  ],
  reviewed: [0, 3],
  curve: [],
};

test('adds the classes up, or shows one', () => {
  expect(bins(insights, null)).toEqual([
    { from: 0, to: 1, images: 14, reviewed: 0 },
    { from: 1, to: 2, images: 4, reviewed: 3 },
  ]);
  expect(bins(insights, rose).map(({ images }) => images)).toEqual([6, 2]);
});

test('tells how much is reviewed near a loss', () => {
  expect(reviewedShare(insights)(0.5)).toBe(0);
  expect(reviewedShare(insights)(1.5)).toBe(0.75);
});

test('puts the classes first that are confused most', () => {
  expect(byConfusion(insights)).toEqual([1, 2, 0]);
});
