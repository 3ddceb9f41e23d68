import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { layers, loadCpu, tf } from '../engine/tf.ts';
import { createRandom } from '../../math/random.ts';
import { fastaiHead, linearHead, setLinearHead, type Head } from './head.ts';
import { initialiseKernels } from './initial.ts';
import { assembleNetwork, imagenet, type Network } from './network.ts';
import { smallNetwork } from './small.ts';
import { readWeights, writeWeights } from './weights.ts';

beforeAll(async () => {
  await loadCpu();
  await tf.setBackend('cpu');
});

function create(seed = 1): Network {
  const network = smallNetwork({ classes: 3, seed });
  onTestFinished(() => network.dispose());
  return network;
}

/** On the pixels themselves. */
function headAlone(create: (maps: layers.SymbolicTensor) => Head): Network {
  const input = layers.input({ shape: [null, null, 3], name: 'images' });
  const { logits, features } = create(input);
  const network = assembleNetwork({
    name: 'head',
    side: 8,
    preprocessing: imagenet,
    model: layers.model({ inputs: input, outputs: logits }),
    features,
    groupOf: () => 0,
  });
  onTestFinished(() => network.dispose());
  initialiseKernels(network.weights, createRandom(1));
  return network;
}

function noise(count: number, side = 8): tf.Tensor4D {
  const random = createRandom(5);
  const pixels = Float32Array.from({ length: count * side * side * 3 }, () => Math.floor(random() * 256));
  return tf.tensor4d(pixels, [count, side, side, 3]);
}

/** Cross-entropy for labels 0, 1, 2, 0, … */
function loss(network: Network, images: tf.Tensor4D, dropout: number): tf.Scalar {
  const labels = tf.oneHot(
    Array.from({ length: images.shape[0] }, (_, i) => i % 3),
    3,
  );
  return tf.losses.softmaxCrossEntropy(labels, network.apply(images, createRandom(dropout)));
}

test('the same seed makes the same network, another one another', async () => {
  const [first, same, other] = [await readWeights(create(1)), await readWeights(create(1)), create(2)];
  expect(same).toEqual(first);
  expect((await readWeights(other)).get('stem/kernel')).not.toEqual(first.get('stem/kernel'));
});

test('an image is scored the same alone and among others', () =>
  tf.tidy(() => {
    const network = create();
    const images = noise(4);
    const together = network.apply(images, null).arraySync();
    const alone = network.apply(tf.slice(images, [2, 0, 0, 0], [1, 8, 8, 3]), null).arraySync();
    together[2]?.forEach((logit, k) => expect(alone[0]?.[k]).toBeCloseTo(logit, 5));
  }));

test('the dropout of a head depends on the generator alone, and there is none where none is asked for', () =>
  tf.tidy(() => {
    const images = noise(4);
    const trained = (dropout: readonly [number, number], seed: number) =>
      headAlone((maps) => fastaiHead(maps, 3, dropout))
        .apply(images, createRandom(seed))
        .arraySync();
    expect(trained([0.25, 0.5], 3)).toEqual(trained([0.25, 0.5], 3));
    expect(trained([0.25, 0.5], 4)).not.toEqual(trained([0.25, 0.5], 3));
    expect(trained([0, 0], 4)).toEqual(trained([0, 0], 3));
  }));

test('a linear head that is set to a map computes it of the features, and the other head cannot be set', () =>
  tf.tidy(() => {
    const images = noise(4);
    const network = headAlone((maps) => linearHead(maps, 2));
    const map = {
      features: 3,
      classes: 2,
      mean: Float64Array.of(0.1, -0.2, 0.3),
      // The last does not vary where it was learned.
      deviation: Float64Array.of(0.01, 2, 1),
      weights: Float64Array.of(0.5, -1, 0, 0.25, 3, 0),
      bias: Float64Array.of(0.7, -0.4),
    };
    setLinearHead(network.weights, map);
    const logits = network.apply(images, null).arraySync();
    network
      .embed(images)
      .arraySync()
      .forEach(([a = 0, b = 0], image) => {
        const [x, y] = [(a - 0.1) / 0.01, (b + 0.2) / 2];
        expect(logits[image]?.[0]).toBeCloseTo(0.7 + 0.5 * x - y, 3);
        expect(logits[image]?.[1]).toBeCloseTo(-0.4 + 0.25 * x + 3 * y, 3);
      });
    expect(() => setLinearHead(create().weights, map)).toThrow('head_linear_bn/gamma');
  }));

test('training follows the running statistics, scoring leaves them alone', async () => {
  const network = create();
  const images = noise(6);
  const before = await readWeights(network);
  tf.dispose(network.apply(images, null));
  expect(await readWeights(network)).toEqual(before);
  tf.dispose(network.apply(images, createRandom(1)));
  const after = await readWeights(network);
  const changed = [...after].flatMap(([name, values]) =>
    values.every((value, i) => value === before.get(name)?.[i]) ? [] : [name],
  );
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.length).toBe([...before.keys()].filter((name) => name.includes('moving_')).length);
  tf.dispose(images);
});

test('a step of training leaves no tensor behind, and a disposed network neither', () => {
  const start = tf.memory().numTensors;
  const network = smallNetwork({ classes: 3, seed: 1 });
  const images = noise(4);
  const before = tf.memory().numTensors;
  const { value, grads } = tf.variableGrads(() => loss(network, images, 1), network.groups.flat());
  tf.dispose([value, grads]);
  tf.dispose(network.embed(images));
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose(images);
  network.dispose();
  expect(tf.memory().numTensors).toBe(start);
});

test('the layer groups hold every trainable weight once, and batch norm is told apart in each', () => {
  const network = create();
  const variables = network.groups.flat();
  expect(new Set(variables).size).toBe(variables.length);
  const trainable = [...network.weights.values()].filter((variable) => variable.trainable);
  expect(new Set(variables)).toEqual(new Set(trainable));
  for (const group of network.groups) {
    expect(group.some((variable) => network.batchNorm.has(variable))).toBe(true);
    expect(group.every((variable) => network.batchNorm.has(variable))).toBe(false);
  }
});

test('weights go into another network of the same kind, and wrong ones are refused as a whole', async () => {
  const [from, to] = [create(1), create(2)];
  const weights = await readWeights(from);
  writeWeights(to, weights);
  expect(await readWeights(to)).toEqual(weights);
  const wrong = new Map(weights).set('head_2/kernel', new Float32Array(2));
  expect(() => writeWeights(to, wrong)).toThrow('head_2/kernel');
  expect(() => writeWeights(to, new Map(weights).set('x', new Float32Array(1)))).toThrow('no weight x');
  expect(await readWeights(to)).toEqual(weights);
});
