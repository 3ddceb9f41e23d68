import { beforeAll, expect, test } from 'vitest';
import { loadCpu, tf } from '../engine/tf.ts';
import { batchNormInTraining } from './batchNorm.ts';
import { rectify } from './rectify.ts';

beforeAll(async () => {
  await loadCpu();
  await tf.setBackend('cpu');
});

const gradientOf = (f: (x: tf.Tensor) => tf.Tensor) =>
  tf.valueAndGrads((...inputs: tf.Tensor[]) => f(inputs[0] ?? tf.scalar(0)));

test('rectifiers and their gradients are those of PyTorch, at the bounds too', async () => {
  const x = tf.tensor1d([-2, 0, 3, 6, 7]);
  const dy = tf.tensor1d([10, 20, 30, 40, 50]);
  const bounded = gradientOf((input) => rectify(input, 6))([x], dy);
  expect([...(await bounded.value.data())]).toEqual([0, 0, 3, 6, 6]);
  expect([...((await bounded.grads[0]?.data()) ?? [])]).toEqual([0, 0, 30, 0, 0]);
  const open = gradientOf((input) => rectify(input, null))([x], tf.tensor1d([10, 20, 30, 40, 50]));
  expect([...(await open.value.data())]).toEqual([0, 0, 3, 6, 7]);
  expect([...((await open.grads[0]?.data()) ?? [])]).toEqual([0, 0, 30, 40, 50]);
});

test('going back through the layers takes no more memory than going forward', async () => {
  const layers = 12;
  const x = tf.randomNormal([1000, 4]);
  const bytes = x.size * 4;
  const weights = Array.from({ length: layers }, () => ({
    gamma: tf.variable(tf.ones([4])),
    beta: tf.variable(tf.zeros([4])),
    runningMean: tf.variable(tf.zeros([4]), false),
    runningVariance: tf.variable(tf.ones([4]), false),
    epsilon: 1e-5,
  }));
  const deep = () =>
    weights.reduce<tf.Tensor>((maps, weight) => {
      const normal = batchNormInTraining(maps, weight);
      const active = rectify(normal, 6);
      // As the training pass does with what no later layer needs.
      normal.dispose();
      return active;
    }, x);
  const before = tf.memory().numBytes;
  const { peakBytes } = await tf.profile(() =>
    tf.tidy(
      () =>
        tf.variableGrads(
          () => tf.sum(deep()),
          weights.map(({ gamma }) => gamma),
        ).value,
    ),
  );
  // Forward, what each rectifier gave, and what it and the norm after it saved, which counts anew; backward, a few at a time.
  expect((peakBytes - before) / bytes).toBeLessThan(3 * layers + 6);
});
