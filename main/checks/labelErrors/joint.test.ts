import { expect, test } from 'vitest';
import type { Scores } from '../../../shared/scores.ts';
import { countLabelErrors } from './joint.ts';

/** Scores of images from their labels and the probabilities of all classes, whose ids are from 1. */
function scoresOf(labels: readonly number[], probabilities: readonly (readonly number[])[]): Scores {
  const classes = probabilities[0]?.length ?? 0;
  const others = probabilities.map((p, i) =>
    [...p.keys()].filter((k) => k + 1 !== labels[i]).toSorted((a, b) => (p[b] ?? 0) - (p[a] ?? 0)),
  );
  const given = probabilities.map((p, i) => p[(labels[i] ?? 0) - 1] ?? 0);
  return {
    images: Int32Array.from(labels.keys(), (i) => i + 1),
    loss: Float32Array.from(given, (p) => -Math.log(p)),
    probability: Float32Array.from(given),
    predicted: Int32Array.from(probabilities, (p) => p.indexOf(Math.max(...p)) + 1),
    perImage: classes - 1,
    suggestedClasses: Int32Array.from(others.flat(), (k) => k + 1),
    suggestedProbabilities: Float32Array.from(
      others.flatMap((ks, i) => ks.map((k) => probabilities[i]?.[k] ?? 0)),
    ),
  };
}

// By hand. Thresholds are the mean probabilities of the classes over the images labelled so:
//   class 1: (0.9 + 0.8 + 0.1 + 0.6) / 4 = 0.6, class 2: (0.9 + 0.7 + 0.2) / 3 = 0.6, class 3: 0.5.
const labels = [1, 1, 1, 1, 2, 2, 2, 3];
const probabilities = [
  [0.9, 0.05, 0.05], // agrees
  [0.8, 0.1, 0.1], // agrees
  [0.1, 0.85, 0.05], // confidently of class 2
  [0.6, 0.2, 0.2], // agrees, just at the threshold
  [0.05, 0.9, 0.05], // agrees
  [0.2, 0.7, 0.1], // agrees
  [0.3, 0.2, 0.5], // confidently of class 3, just at the threshold
  [0.4, 0.1, 0.5], // agrees
];

test('counts the images that are confidently of another class than the given one', () => {
  const { confident, calibrated } = countLabelErrors(
    scoresOf(labels, probabilities),
    Int32Array.from(labels),
    3,
    () => true,
  );
  expect(confident).toBe(2);
  // Every image is confident of some class, so that scaling the rows changes nothing.
  expect(calibrated).toBeCloseTo(2);
});

test('scales each row to its number of images where some are confidently of no class', () => {
  const vague = [...probabilities, [0.35, 0.35, 0.3]];
  const given = [...labels, 2];
  // The threshold of class 2 falls to (0.9 + 0.7 + 0.2 + 0.35) / 4 = 0.5375; the new image is at none.
  const { confident, calibrated } = countLabelErrors(
    scoresOf(given, vague),
    Int32Array.from(given),
    3,
    () => true,
  );
  expect(confident).toBe(2);
  expect(calibrated).toBeCloseTo(1 + 4 / 3);
});

test('takes the most probable class where several are at their thresholds', () => {
  // Thresholds 0.45 and 0.55 for 1 and 2: the first image is at both.
  const scores = scoresOf(
    [1, 1, 2],
    [
      [0.4, 0.6],
      [0.5, 0.5],
      [0.45, 0.55],
    ],
  );
  const { confident } = countLabelErrors(scores, Int32Array.from([1, 1, 2]), 2, () => true);
  expect(confident).toBe(1);
});

test('only counts what is asked for, with thresholds from all', () => {
  const counted = new Set([2, 6]);
  const scores = scoresOf(labels, probabilities);
  const given = Int32Array.from(labels);
  expect(countLabelErrors(scores, given, 3, (image) => counted.has(image)).confident).toBe(2);
  expect(countLabelErrors(scores, given, 3, (image) => !counted.has(image)).confident).toBe(0);
  // An image that takes no part moves no threshold and is not counted.
  given[2] = 0;
  expect(countLabelErrors(scores, given, 3, () => true).confident).toBe(1);
});
