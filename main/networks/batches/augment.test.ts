import { beforeEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../math/random.ts';
import { openEngine } from '../engine/engine.ts';
import { loadCpu, tf } from '../engine/tf.ts';
import { augment } from './augment.ts';
import { defaultLimits, drawAugmentation, plain, type Augmentation } from './augmentation.ts';
import expected from './fixtures/augmentations.json' with { type: 'json' };
import { compose, identity, mirror, rotation, warp, windowOf } from './homography.ts';

/** Reproducible noise: n × side × side × 3. */
function noise(count: number, side: number): tf.Tensor4D {
  const random = createRandom(5);
  const values = Float32Array.from({ length: count * side * side * 3 }, () => Math.floor(256 * random()));
  return tf.tensor4d(values, [count, side, side, 3]);
}

/**
 * One image after another: the `cpu` backend of TensorFlow.js 4.22 transforms only the first of a batch. It is no engine
 * of Toploss, but an independent reckoning.
 */
async function valuesOneByOne(
  squares: tf.Tensor4D,
  augmentations: readonly Augmentation[],
  side: number,
): Promise<number[]> {
  const values: number[] = [];
  for (const [i, augmentation] of augmentations.entries()) {
    const square = tf.slice(squares, i, 1);
    values.push(...(await valuesOf(square, [augmentation], side)));
    square.dispose();
  }
  return values;
}

async function valuesOf(
  squares: tf.Tensor4D,
  augmentations: readonly Augmentation[],
  side: number,
): Promise<number[]> {
  const images = augment(squares, augmentations, side);
  const values = [...(await images.data())];
  images.dispose();
  return values;
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

const engines = {
  cpu: async () => {
    await loadCpu();
    await tf.setBackend('cpu');
  },
  wasm: () => openEngine('wasm'),
};

describe.each(Object.entries(engines))('on %s', (_, open) => {
  beforeEach(async () => {
    await open();
  });

  test('pixels are where fastai has them', async () => {
    const { source, target, square } = expected;
    const compared = expected.geometry.filter(({ pixels }) => pixels !== null);
    expect(compared.length).toBeGreaterThanOrEqual(4);
    const squares = tf.tensor4d(square.flat(2), [1, source, source, 3]);
    for (const { draw, pixels } of compared) {
      const map = compose(
        warp(draw.warpX, draw.warpY),
        draw.flip === 1 ? mirror : identity,
        rotation(draw.degrees),
        windowOf(1 / draw.zoom, draw.zoomX, draw.zoomY),
      );
      const values = await valuesOf(squares, [{ ...plain, map }], target);
      expect(largestDifference(values, pixels ?? [])).toBeLessThan(1e-3);
    }
    squares.dispose();
  });

  test('brightness and contrast are those of fastai', async () => {
    for (const { brightness, contrast, values, expected: wanted } of expected.lighting) {
      const grey = values.slice(0, 4).flatMap((value) => [value, value, value]);
      const rest = values.slice(4).flatMap((value) => [value, value, value]);
      const squares = tf.tensor4d([...grey, ...rest], [2, 2, 2, 3]);
      const shift = { ...plain, brightness: Math.log(brightness / (1 - brightness)), contrast };
      const lit = await valuesOf(squares, [shift, shift], 2);
      squares.dispose();
      expect(
        largestDifference(
          lit,
          wanted.flatMap((value) => [value, value, value]),
        ),
      ).toBeLessThan(2e-3);
    }
  });
});

test('the identity leaves every pixel as it is, and a mirror only changes places', async () => {
  await openEngine('wasm');
  const squares = noise(2, 9);
  const values = [...(await squares.data())];
  expect(await valuesOf(squares, [plain, plain], 9)).toEqual(values);
  // Beside a mirrored image, so that both are sampled.
  const both = await valuesOf(squares, [{ ...plain }, { ...plain, map: mirror }], 9);
  const mirrored = tf.reverse(squares, 2);
  expect(both).toEqual([...values.slice(0, 243), ...[...(await mirrored.data())].slice(243)]);
  squares.dispose();
  mirrored.dispose();
});

test('a shift changes no value: beyond the border its pixels are repeated', async () => {
  await openEngine('wasm');
  const squares = noise(1, 6);
  const values = [...(await squares.data())];
  const shifted = await valuesOf(squares, [{ ...plain, shift: [2, -1] }], 6);
  squares.dispose();
  // Row and column in the source of each row and column of the output.
  const rows = [0, 0, 1, 2, 3, 4];
  const columns = [2, 3, 4, 5, 5, 5];
  const expected = rows.flatMap((row) =>
    columns.flatMap((column) => values.slice((row * 6 + column) * 3, (row * 6 + column) * 3 + 3)),
  );
  expect(largestDifference(shifted, expected)).toBeLessThan(1e-3);
});

test('an image is augmented the same alone and among others, and no tensor is left', async () => {
  await openEngine('wasm');
  const before = tf.memory().numTensors;
  const squares = noise(4, 21);
  const draws = [0, 1, 2, 3].map((image) => drawAugmentation(defaultLimits, 1, 0, image));
  const together = await valuesOf(squares, draws, 16);
  const third = tf.slice(squares, 2, 1);
  const alone = await valuesOf(third, draws.slice(2, 3), 16);
  const length = 16 * 16 * 3;
  expect(alone).toEqual(together.slice(2 * length, 3 * length));
  squares.dispose();
  third.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('the engines agree on a batch of random augmentations', async () => {
  const draws = Array.from({ length: 8 }, (_, image) =>
    drawAugmentation({ ...defaultLimits, minScale: 0.5 }, 3, 1, image),
  );
  await engines.cpu();
  const cpu = await valuesOneByOne(noise(8, 42), draws, 32);
  await engines.wasm();
  const wasm = await valuesOf(noise(8, 42), draws, 32);
  // Positions are computed in single precision: of 255 between neighbouring pixels, a ten-thousandth.
  expect(largestDifference(cpu, wasm)).toBeLessThan(0.02);
});
