import { expect, test } from 'vitest';
import { recommendEpochs } from './advice.ts';

test('where the mean validation loss has turned, its minimum says how many epochs to train', () => {
  // Means 1, 0.6, 0.5, 0.7: the third epoch, of which one was frozen.
  expect(
    recommendEpochs(
      [
        [1.1, 0.7, 0.4, 0.6],
        [0.9, 0.5, 0.6, 0.8],
      ],
      1,
    ),
  ).toBe(2);
  expect(recommendEpochs([[0.5, 0.6, 0.7]], 1)).toBe(1);
});

test('a loss that falls or wavers asks for nothing', () => {
  expect(recommendEpochs([[1, 0.8, 0.7]], 1)).toBeNull();
  expect(recommendEpochs([[1, 0.7, 0.703]], 1)).toBeNull();
  expect(recommendEpochs([], 1)).toBeNull();
});
