import { beforeAll, expect, test } from 'vitest';
import { openEngine } from '../engine/engine.ts';
import { tf } from '../engine/tf.ts';
import { Adam, type AdamOptions } from './adam.ts';

beforeAll(() => openEngine('wasm'));

/** A weight and a bias in two groups, both 1 at first. */
function ones(options: AdamOptions) {
  const weight = tf.variable(tf.ones([1, 1]));
  const bias = tf.variable(tf.ones([1]));
  const network = {
    groups: [[weight], [bias]],
    weights: new Map([
      ['weight', weight],
      ['bias', bias],
    ]),
  };
  const adam = new Adam(network, options);
  const step = (gradient: number, rates: number[], momentum: number) =>
    adam.step(
      { [weight.name]: tf.tensor2d([[gradient]]), [bias.name]: tf.tensor1d([gradient]) },
      { rates, momentum },
    );
  const values = () => [weight, bias].map((variable) => variable.dataSync()[0]);
  return { network, adam, step, values };
}

// Worked out in double precision from fastai/optimizer.py (weight_decay, average_grad with dampening, average_sqr_grad,
// debias, adam_step): gradients 0.5, −1, 0.25 at rates 0.1, 0.2, 0.05 and momenta 0.95, 0.85, 0.9.
const steps: [gradient: number, rate: number, momentum: number][] = [
  [0.5, 0.1, 0.95],
  [-1, 0.2, 0.85],
  [0.25, 0.05, 0.9],
];
const decayed = [0.899002, 1.0144006, 1.0392602];
const undecayed = [0.900002, 1.0171986, 1.0425654];

test('a weight follows fastai’s Adam with decoupled decay; a bias is not decayed', () => {
  const { step, values } = ones({ weightDecay: 0.01, clipNorm: null });
  steps.forEach(([gradient, rate, momentum], i) => {
    step(gradient, [rate, rate], momentum);
    expect(values()).toEqual([expect.closeTo(decayed[i] ?? 0, 5), expect.closeTo(undecayed[i] ?? 0, 5)]);
  });
});

test('each group has its own rate, and variables without a gradient stay as they are', () => {
  const { adam, network, step, values } = ones({ weightDecay: 0, clipNorm: null });
  step(1, [0, 0.1], 0.95);
  expect(values()).toEqual([1, expect.closeTo(0.9, 4)]);
  const [weight] = network.groups[0] ?? [];
  adam.step({ [weight?.name ?? '']: tf.tensor2d([[1]]) }, { rates: [0.1, 0.1], momentum: 0.95 });
  expect(values()[1]).toBeCloseTo(0.9, 4);
});

test('gradients are clipped by the norm of all of them', () => {
  // The norm of (3, 3) is 4.243: clipped to 1 each is 0.7071, and 3 where the limit is far.
  for (const [clipNorm, expected] of [
    [1, Math.SQRT1_2],
    [100, 3],
  ] as const) {
    const { adam, step } = ones({ weightDecay: 0, clipNorm });
    step(3, [0.1, 0.1], 0.9);
    expect(adam.state().get('average/weight')?.dataSync()[0]).toBeCloseTo(0.1 * expected, 5);
  }
});

test('restored, it goes on as if it had never stopped', () => {
  const whole = ones({ weightDecay: 0.01, clipNorm: null });
  const first = ones({ weightDecay: 0.01, clipNorm: null });
  for (const [gradient, rate, momentum] of steps.slice(0, 2)) {
    whole.step(gradient, [rate, rate], momentum);
    first.step(gradient, [rate, rate], momentum);
  }
  const second = ones({ weightDecay: 0.01, clipNorm: null });
  first
    .values()
    .forEach((value, i) =>
      second.network.groups[i]?.[0]?.assign(tf.fill(i === 0 ? [1, 1] : [1], value ?? 0)),
    );
  second.adam.restore(first.adam.state(), first.adam.steps);
  for (const { step } of [whole, second]) step(0.25, [0.05, 0.05], 0.9);
  expect(second.values()).toEqual(whole.values());
});

test('it keeps two averages a variable, and none once it is cleared', () => {
  const { adam, step } = ones({ weightDecay: 0.01, clipNorm: 1 });
  step(1, [0.1, 0.1], 0.9);
  const before = tf.memory().numTensors;
  step(1, [0.1, 0.1], 0.9);
  // The test's own two gradients.
  expect(tf.memory().numTensors).toBe(before + 2);
  adam.clear();
  expect(tf.memory().numTensors).toBe(before + 2 - 4);
  expect(adam.steps).toBe(0);
});
