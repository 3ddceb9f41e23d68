import { beforeAll, expect, test } from 'vitest';
import { openEngine } from '../engine/engine.ts';
import { tf } from '../engine/tf.ts';
import { binaryCrossEntropy, crossEntropy, targetsOf } from './losses.ts';

beforeAll(() => openEngine('wasm'));

const value = (loss: tf.Scalar) => loss.dataSync()[0] ?? Number.NaN;

function crossEntropyOf(logits: number[][], labels: number[], smoothing = 0): number {
  const options = { classes: logits[0]?.length ?? 0, multiLabel: false, smoothing };
  const targets = targetsOf(
    labels.map((label) => [label]),
    options,
  );
  return value(crossEntropy(tf.tensor2d(logits), tf.tensor2d(targets, [logits.length, options.classes])));
}

test('cross-entropy is the logarithm of the sum minus the logit of the label', () => {
  // ln(e + e² + e³) = 3.407606
  expect(crossEntropyOf([[1, 2, 3]], [2])).toBeCloseTo(0.407606, 5);
  expect(crossEntropyOf([[1, 2, 3]], [0])).toBeCloseTo(2.407606, 5);
  expect(
    crossEntropyOf(
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
      [2, 0],
    ),
  ).toBeCloseTo(1.407606, 5);
});

test('label smoothing is that of fastai: ε/K Σ −ln p + (1 − ε) (−ln p of the label)', () => {
  expect(crossEntropyOf([[1, 2, 3]], [2], 0.1)).toBeCloseTo(0.1 * 1.407606 + 0.9 * 0.407606, 5);
  expect(crossEntropyOf([[1, 2, 3]], [0], 0.1)).toBeCloseTo(0.1 * 1.407606 + 0.9 * 2.407606, 5);
});

test('logits of any size give a finite loss and a finite gradient', () => {
  const targets = tf.tensor2d([1, 0, 0], [1, 3]);
  for (const logits of [
    [1e4, -1e4, 0],
    [-1e4, 1e4, 0],
    [3e37, -3e37, 0],
  ]) {
    for (const loss of [crossEntropy, binaryCrossEntropy]) {
      const x = tf.tensor2d(logits, [1, 3]);
      const { value: at, grad } = tf.valueAndGrad((l) => loss(tf.reshape(l, [1, 3]), targets))(x);
      expect(Number.isFinite(at.dataSync()[0]), `${loss.name} of ${logits.join()}`).toBe(true);
      expect(
        [...grad.dataSync()].every(Number.isFinite),
        `gradient of ${loss.name} of ${logits.join()}`,
      ).toBe(true);
    }
  }
});

test('the gradient of the cross-entropy is the softmax minus the target', () => {
  const targets = tf.tensor2d([0, 0, 1], [1, 3]);
  const gradient = tf.grad((x) => crossEntropy(tf.reshape(x, [1, 3]), targets))(
    tf.tensor2d([1, 2, 3], [1, 3]),
  );
  const softmax = [0.0900306, 0.2447285, 0.6652409];
  expect([...gradient.dataSync()]).toEqual(softmax.map((p, k) => expect.closeTo(p - (k === 2 ? 1 : 0), 5)));
});

test('binary cross-entropy is the mean over images and classes, its gradient the sigmoid minus the target', () => {
  // ln(1 + e²) − 2, ln(1 + e⁻¹), ln(1 + e^½), ln(1 + e⁻³) + 3
  const expected = (0.126928 + 0.313262 + 0.974077 + 3.048587) / 4;
  const logits = tf.tensor2d([2, -1, 0.5, -3], [2, 2]);
  const targets = tf.tensor2d([1, 0, 0, 1], [2, 2]);
  expect(value(binaryCrossEntropy(logits, targets))).toBeCloseTo(expected, 5);
  const gradient = tf.grad((x) => binaryCrossEntropy(tf.reshape(x, [2, 2]), targets))(logits);
  const sigmoids = [0.880797, 0.268941, 0.622459, 0.0474259];
  expect([...gradient.dataSync()]).toEqual(
    sigmoids.map((s, i) => expect.closeTo((s - ([1, 0, 0, 1][i] ?? 0)) / 4, 5)),
  );
});

test('targets: several classes of a single-label set share it, those of a multi-label set do not', () => {
  const options = { classes: 4, smoothing: 0.2 };
  expect([...targetsOf([[1], [0, 2]], { ...options, multiLabel: false })]).toEqual(
    [0.05, 0.85, 0.05, 0.05, 0.45, 0.05, 0.45, 0.05].map((target) => expect.closeTo(target, 6)),
  );
  expect([...targetsOf([[1], [0, 2]], { ...options, multiLabel: true })]).toEqual([0, 1, 0, 0, 1, 0, 1, 0]);
});
