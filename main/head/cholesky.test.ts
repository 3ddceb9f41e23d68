import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGemm, type Gemm } from '../math/gemm.ts';
import { createRandom } from '../math/random.ts';
import { factorise, factoriseSemidefinite, solve, solveTransposed } from './cholesky.ts';
import { addToDiagonal, zeros } from './matrix.ts';
import { relativeError } from './testing.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await createGemm();
});
afterAll(() => gemm.release());

function randomMatrix(rows: number, columns: number) {
  const random = createRandom(rows + columns);
  const matrix = zeros(rows, columns);
  matrix.data.forEach((_, i) => (matrix.data[i] = random() - 0.5));
  return matrix;
}

test.for([1, 64, 65, 130, 301])('solves with the factor of a matrix of size %i', async (size) => {
  const x = randomMatrix(size + 5, size);
  const matrix = await gemm.multiply(x, x, { transposeA: true });
  addToDiagonal(matrix, new Float64Array(size).fill(0.1));
  const factor = await factorise(gemm, matrix);
  const solved = await solveTransposed(gemm, factor, await solve(gemm, factor, x));
  expect(relativeError((await gemm.multiply(solved, matrix)).data, x.data)).toBeLessThan(1e-11);
});

test.for([
  ['as many columns as rows', 90, 90, 90],
  ['more columns than rows', 150, 400, 150],
  ['fewer columns than rows', 150, 70, 70],
] as const)('factors the products of rows with %s to their rank', async ([, rows, columns, rank]) => {
  const x = randomMatrix(rows, columns);
  const products = await gemm.multiply(x, x, { transposeB: true });
  const factor = await factoriseSemidefinite(gemm, products);
  expect(factor.columns).toBe(rank);
  const again = await gemm.multiply(factor, factor, { transposeB: true });
  expect(relativeError(again.data, products.data)).toBeLessThan(1e-12);
});

test('leaves nothing of a matrix of zeros', async () => {
  expect(await factoriseSemidefinite(gemm, zeros(5, 5))).toEqual(zeros(5, 0));
});
