import { expect, test } from 'vitest';
import { createGemm, type Matrix } from './gemm.ts';

const matrix = (rows: number, columns: number, ...data: number[]): Matrix => ({
  rows,
  columns,
  data: Float64Array.from(data),
});

test('multiplies with either side transposed', async () => {
  const gemm = await createGemm();
  const a = matrix(2, 3, 1, 2, 3, 4, 5, 6);
  const b = matrix(3, 2, 7, 8, 9, 10, 11, 12);
  const at = matrix(3, 2, 1, 4, 2, 5, 3, 6);
  const bt = matrix(2, 3, 7, 9, 11, 8, 10, 12);
  const expected = [58, 64, 139, 154];
  expect([...(await gemm.multiply(a, b)).data]).toEqual(expected);
  expect([...(await gemm.multiply(at, b, { transposeA: true })).data]).toEqual(expected);
  expect([...(await gemm.multiply(a, bt, { transposeB: true })).data]).toEqual(expected);
  expect([...(await gemm.multiply(at, bt, { transposeA: true, transposeB: true })).data]).toEqual(expected);
  await expect(gemm.multiply(a, a)).rejects.toThrow('inner sizes differ: 3 and 2');
  await gemm.release();
});
