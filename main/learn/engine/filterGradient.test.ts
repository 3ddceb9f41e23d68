import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { openEngine } from './engine.ts';
import { loadCpu, tf } from './tf.ts';

const cases: [
  side: number,
  channels: number,
  kernel: number,
  outputs: number,
  stride: number,
  pad: 'same' | 'valid',
][] = [
  [8, 3, 3, 4, 1, 'same'],
  [8, 3, 3, 4, 2, 'same'],
  [9, 2, 3, 5, 2, 'same'],
  [9, 4, 1, 3, 2, 'same'],
  [10, 2, 7, 3, 2, 'same'],
  [7, 3, 3, 2, 2, 'valid'],
  [8, 3, 3, 2, 3, 'valid'],
];

function gradientsOf(x: tf.Tensor4D, w: tf.Tensor4D, stride: number, pad: 'same' | 'valid'): tf.Tensor[] {
  const loss = (images: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor =>
    tf.sum(tf.square(tf.conv2d(images, filter, stride, pad)));
  return [
    tf.grad((images) => loss(tf.reshape<tf.Rank.R4>(images, x.shape), w))(x),
    tf.grad((filter) => loss(x, tf.reshape<tf.Rank.R4>(filter, w.shape)))(w),
  ];
}

test('the gradient of filters and images agrees with the plain backend', async () => {
  await loadCpu();
  for (const [side, channels, kernel, outputs, stride, pad] of cases) {
    const random = createRandom(side * 100 + stride);
    const draw = (length: number) => Float32Array.from({ length }, () => random() - 0.5);
    const images = draw(2 * side * side * channels);
    const filter = draw(kernel * kernel * channels * outputs);
    const gradients: Float32Array[][] = [];
    for (const backend of ['cpu', 'wasm']) {
      if (backend === 'wasm') await openEngine('wasm');
      else await tf.setBackend('cpu');
      const found = tf.tidy(() => {
        const x = tf.tensor4d(images, [2, side, side, channels]);
        const w = tf.tensor4d(filter, [kernel, kernel, channels, outputs]);
        return gradientsOf(x, w, stride, pad).map((gradient) => Float32Array.from(gradient.dataSync()));
      });
      gradients.push(found);
    }
    const [plain = [], fast = []] = gradients;
    for (const place of [0, 1]) {
      const expected = [...(plain[place] ?? [])].map((value) => expect.closeTo(value, 3));
      expect([...(fast[place] ?? [])], `${side}, ${kernel}, ${stride}, ${pad}`).toEqual(expected);
    }
  }
});
