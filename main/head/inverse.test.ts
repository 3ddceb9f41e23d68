import { expect, test } from 'vitest';
import { createGemm } from '../math/gemm.ts';
import { createRandom } from '../math/random.ts';
import { invert, invertPositiveDefinite } from './inverse.ts';
import { addToDiagonal, zeros } from './matrix.ts';
import { relativeError } from './testing.ts';

const identity = (size: number) => {
  const matrix = zeros(size, size);
  addToDiagonal(matrix, new Float64Array(size).fill(1));
  return matrix;
};

test.for([1, 2, 63, 64, 65, 130, 301])('inverts a positive definite matrix of size %i', async (size) => {
  const gemm = await createGemm();
  const random = createRandom(size);
  const x = zeros(size + 5, size);
  x.data.forEach((_, i) => (x.data[i] = random() - 0.5));
  const matrix = await gemm.multiply(x, x, { transposeA: true });
  addToDiagonal(matrix, new Float64Array(size).fill(0.1));
  const inverse = await invertPositiveDefinite(gemm, matrix);
  expect(relativeError((await gemm.multiply(matrix, inverse)).data, identity(size).data)).toBeLessThan(1e-11);
  await gemm.release();
});

test('inverts a matrix that needs pivots, and says when there is no inverse', () => {
  const swap = { data: Float64Array.of(0, 2, 4, 0), rows: 2, columns: 2 };
  expect([...invert(swap).data]).toEqual([0, 0.25, 0.5, 0]);
  expect(() => invert({ data: Float64Array.of(1, 2, 2, 4), rows: 2, columns: 2 })).toThrow('no inverse');
});

test('keeps its digits where columns are alike, of which there are more than rows', async () => {
  const gemm = await createGemm();
  const random = createRandom(1);
  const x = zeros(200, 500);
  for (let row = 0; row < x.rows; row++) {
    const common = 4 * random();
    for (let k = 0; k < x.columns; k++) x.data[row * x.columns + k] = common + random();
  }
  const matrix = await gemm.multiply(x, x, { transposeA: true });
  addToDiagonal(matrix, new Float64Array(x.columns).fill(1));
  const inverse = await invertPositiveDefinite(gemm, matrix);
  const product = await gemm.multiply(matrix, inverse);
  expect(relativeError(product.data, identity(x.columns).data)).toBeLessThan(1e-9);
  await gemm.release();
});
