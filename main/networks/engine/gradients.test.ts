import { beforeAll, expect, test } from 'vitest';
import { openEngine } from './engine.ts';
import { loadCpu, tf } from './tf.ts';

beforeAll(async () => {
  await loadCpu();
  await openEngine('wasm');
});

type Shape = [number, number, number, number];
type Convolution = (x: tf.Tensor, w: tf.Tensor) => tf.Tensor;
const numbers = (shape: number[], seed: number): tf.Tensor => tf.randomUniform(shape, -1, 1, 'float32', seed);

/** Of Σ y·v with a fixed v, by the gradients of the backend. */
async function gradients(backend: string, convolve: Convolution, xShape: Shape, wShape: Shape) {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const x = numbers(xShape, 1);
    const w = numbers(wShape, 2);
    const y = convolve(x, w);
    const [dx, dw] = tf.grads(convolve)([x, w], numbers(y.shape, 3));
    return { dx: dx?.dataSync() ?? [], dw: dw?.dataSync() ?? [] };
  });
}

const closeTo = (values: ArrayLike<number>) => Array.from(values, (value) => expect.closeTo(value, 3));

test.each<[string, Shape, Shape, number | [number, number], 'same' | 'valid' | number]>([
  ['3×3', [2, 5, 6, 3], [3, 3, 3, 4], 1, 'same'],
  ['3×3 without padding', [2, 5, 6, 3], [3, 3, 3, 4], 1, 'valid'],
  ['3×3 with stride 2 on an odd side', [2, 7, 5, 3], [3, 3, 3, 4], 2, 'same'],
  ['3×3 with stride 2 on an even side, padded by 1 all round', [2, 8, 6, 3], [3, 3, 3, 4], 2, 1],
  ['7×7 with stride 2, padded by 3', [1, 12, 11, 3], [7, 7, 3, 4], 2, 3],
  ['3×3 on many positions', [3, 14, 13, 2], [3, 3, 2, 3], 1, 'same'],
  ['3×3 with stride 2 on many positions', [4, 24, 23, 2], [3, 3, 2, 3], 2, 1],
  ['1×1', [2, 4, 5, 3], [1, 1, 3, 4], 1, 'same'],
  ['1×1 with stride 2', [2, 5, 6, 3], [1, 1, 3, 4], 2, 'valid'],
  ['one with strides of 2 and 3, with rows left over', [1, 8, 9, 2], [2, 2, 2, 3], [2, 3], 'valid'],
])('the gradients of a convolution %s are those of the plain backend', async (_what, x, w, stride, pad) => {
  const convolve: Convolution = (image, filter) =>
    tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
  const expected = await gradients('cpu', convolve, x, w);
  const found = await gradients('wasm', convolve, x, w);
  expect([...found.dx]).toEqual(closeTo(expected.dx));
  expect([...found.dw]).toEqual(closeTo(expected.dw));
});

test.each<[string, Shape, Shape, number, 'same' | 'valid' | number]>([
  ['3×3', [2, 5, 6, 3], [3, 3, 3, 1], 1, 'same'],
  ['3×3 with stride 2', [2, 7, 6, 3], [3, 3, 3, 1], 2, 'same'],
  ['3×3 with stride 2 without padding', [2, 8, 7, 3], [3, 3, 3, 1], 2, 'valid'],
  ['3×3 with two outputs a channel', [2, 5, 6, 3], [3, 3, 3, 2], 1, 'same'],
])(
  'the gradients of a depthwise convolution %s are those of the plain backend',
  async (_what, x, w, stride, pad) => {
    const convolve: Convolution = (image, filter) =>
      tf.depthwiseConv2d(image as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
    const expected = await gradients('cpu', convolve, x, w);
    const found = await gradients('wasm', convolve, x, w);
    expect([...found.dx]).toEqual(closeTo(expected.dx));
    expect([...found.dw]).toEqual(closeTo(expected.dw));
  },
);

const loss: Convolution = (image, filter) =>
  tf.sum(tf.square(tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same')));

/** By central differences. */
const slope = (of: tf.Tensor, at: number, f: (moved: tf.Tensor) => tf.Tensor) => {
  const [up, down] = [1e-2, -1e-2].map((step) => {
    const values = of.dataSync();
    values[at] = (values[at] ?? Number.NaN) + step;
    return f(tf.tensor(values, of.shape)).dataSync()[0] ?? Number.NaN;
  });
  return ((up ?? Number.NaN) - (down ?? Number.NaN)) / 2e-2;
};

test('the gradients are the slopes of the loss', async () => {
  await tf.setBackend('wasm');
  const x = numbers([1, 6, 5, 2], 1);
  const w = numbers([3, 3, 2, 2], 2);
  const [dx, dw] = tf.grads(loss)([x, w]);
  for (const at of [0, 7, 22, 35]) {
    expect(dx?.dataSync()[at]).toBeCloseTo(
      slope(x, at, (moved) => loss(moved, w)),
      1,
    );
    expect(dw?.dataSync()[at]).toBeCloseTo(
      slope(w, at, (moved) => loss(x, moved)),
      1,
    );
  }
});

test('computing gradients leaves no tensor behind', async () => {
  await tf.setBackend('wasm');
  const before = tf.memory().numTensors;
  await gradients(
    'wasm',
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'),
    [2, 7, 5, 3],
    [3, 3, 3, 4],
  );
  await gradients(
    'wasm',
    (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'),
    [2, 7, 5, 3],
    [3, 3, 3, 2],
  );
  expect(tf.memory().numTensors).toBe(before);
});
