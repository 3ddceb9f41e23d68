import { expect, test } from 'vitest';
import { createRandom } from '../../math/random.ts';
import { symmetricEigen } from './eigen.ts';
import { dot } from './whitening.ts';

test('decomposes a matrix whose eigenvalues are known', () => {
  const { values } = symmetricEigen(Float64Array.of(2, -1, 0, -1, 2, -1, 0, -1, 2), 3);
  const expected = [2 - Math.SQRT2, 2, 2 + Math.SQRT2];
  values.toSorted((a, b) => a - b).forEach((value, k) => expect(value).toBeCloseTo(expected[k] ?? NaN, 12));
});

test('gives back the matrix from orthonormal vectors, also where it has no full rank', () => {
  const size = 40;
  const random = createRandom(1);
  const factor = Array.from({ length: size }, () =>
    Float64Array.from({ length: size / 2 }, () => random() - 0.5),
  );
  const matrix = Float64Array.from(factor.flatMap((row) => factor.map((other) => dot(row, other))));

  const { values, vectors } = symmetricEigen(matrix, size);

  const row = (k: number) => vectors.subarray(k * size, (k + 1) * size);
  const column = (i: number) => Float64Array.from({ length: size }, (_, k) => vectors[k * size + i] ?? 0);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      expect(dot(row(i), row(j))).toBeCloseTo(i === j ? 1 : 0, 12);
      const scaled = column(i).map((value, k) => value * (values[k] ?? 0));
      expect(dot(scaled, column(j))).toBeCloseTo(matrix[i * size + j] ?? NaN, 12);
    }
  }
});
