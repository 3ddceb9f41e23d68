import { expect, test } from 'vitest';
import { loadCpu, tf } from '../engine/tf.ts';
import { batchNormInTraining } from './batchNorm.ts';
import { fill } from './parity/fill.ts';
import expected from './parity/resnet.json' with { type: 'json' };

const vector = (name: string) => tf.tensor1d(fill(name, [3]));

test('in training, output, gradients and running statistics are those of PyTorch', async () => {
  await loadCpu();
  await tf.setBackend('cpu');
  const x = tf.tensor4d(
    fill('x', [24]).map((value) => value * 20 + 7),
    [2, 2, 2, 3],
  );
  const dy = tf.tensor4d(fill('dy', [24]), [2, 2, 2, 3]);
  const [gamma, beta] = [vector('weight'), vector('bias')];
  const runningMean = tf.variable(vector('running_mean'), false);
  const runningVariance = tf.variable(vector('running_var'), false);
  const normalise = (input: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
    batchNormInTraining(input, { gamma: scale, beta: offset, runningMean, runningVariance, epsilon: 1e-5 });

  const { value, grads } = tf.valueAndGrads((...inputs: tf.Tensor[]) => {
    const [input = x, scale = gamma, offset = beta] = inputs;
    return normalise(input, scale, offset);
  })([x, gamma, beta], dy);
  const computed = {
    y: value,
    dx: grads[0],
    gamma: grads[1],
    beta: grads[2],
    mean: runningMean,
    variance: runningVariance,
  };
  for (const [name, numbers] of Object.entries(expected.batchNorm)) {
    const actual = await computed[name as keyof typeof computed]?.data();
    expect(actual?.length, name).toBe(numbers.length);
    numbers.forEach((number, i) => expect(actual?.[i], `${name} ${i}`).toBeCloseTo(number, 4));
  }
});
