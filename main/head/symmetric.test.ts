import { expect, test } from 'vitest';
import { createGemm } from '../math/gemm.ts';
import { createRandom } from '../math/random.ts';
import { dot, rowOf, zeros } from './matrix.ts';
import { addGram, mirror, quadraticForms } from './symmetric.ts';
import { relativeError } from './testing.ts';

test.for([1, 255, 256, 257, 600])('agrees with full products of %i columns', async (columns) => {
  const gemm = await createGemm();
  const random = createRandom(columns);
  const x = zeros(20, columns);
  x.data.forEach((_, i) => (x.data[i] = random() - 0.5));

  const full = await gemm.multiply(x, x, { transposeA: true });
  const gram = zeros(columns, columns);
  await addGram(gemm, gram, x);
  mirror(gram);
  expect(relativeError(gram.data, full.data)).toBeLessThan(1e-14);

  const product = await gemm.multiply(x, full);
  const expected = Array.from({ length: x.rows }, (_, row) => dot(rowOf(x, row), rowOf(product, row)));
  expect(relativeError(await quadraticForms(gemm, x, full), expected)).toBeLessThan(1e-13);
  await gemm.release();
});
