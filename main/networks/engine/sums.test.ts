import { beforeAll, expect, test } from 'vitest';
import { openEngine } from './engine.ts';
import { tf } from './tf.ts';

beforeAll(() => openEngine('wasm'));

/** In double precision, by the places that are summed up. */
function expected(values: ArrayLike<number>, channels: number): number[] {
  return Array.from({ length: channels }, (_, channel) =>
    Array.from(values)
      .filter((_value, place) => place % channels === channel)
      .reduce((sum, value) => sum + value, 0),
  );
}

test.each([[[2, 3, 4, 5]], [[7, 3]], [[1, 1, 1, 2]], [[4, 60, 50, 3]]])(
  'sums and means over all dimensions but the last: %o',
  (shape) => {
    const x = tf.randomUniform(shape, -1, 3, 'float32', 1);
    const axes = shape.slice(0, -1).map((_, axis) => axis);
    const channels = shape.at(-1) ?? 1;
    const sums = expected(x.dataSync(), channels);
    const rows = x.size / channels;
    const found = tf.sum(x, axes);
    expect(found.shape).toEqual([channels]);
    sums.forEach((sum, i) => expect((found.dataSync()[i] ?? Number.NaN) / sum).toBeCloseTo(1, 5));
    const means = tf.mean(x, axes).dataSync();
    sums.forEach((sum, i) => expect(means[i]).toBeCloseTo(sum / rows, 5));
  },
);

test('other sums are what they were', () => {
  const x = tf.tensor(
    Array.from({ length: 12 }, (_, i) => i),
    [2, 3, 2],
  );
  expect([...tf.sum(x).dataSync()]).toEqual([66]);
  expect([...tf.sum(x, [0, 2]).dataSync()]).toEqual([14, 22, 30]);
  expect([...tf.sum(x, -1).dataSync()]).toEqual([1, 5, 9, 13, 17, 21]);
  expect(tf.sum(x, [0, 1], true).shape).toEqual([1, 1, 2]);
  expect([...tf.mean(x, [1, 2]).dataSync()]).toEqual([2.5, 8.5]);
  expect([...tf.sum(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), 0).dataSync()]).toEqual([4, 6]);
});
