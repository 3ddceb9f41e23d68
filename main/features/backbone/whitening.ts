// ZCA whitening: the linear map after which the dimensions of a set of vectors are uncorrelated and of equal
// variance, and which among all such maps changes the vectors least.

import { symmetricEigen } from './eigen.ts';

export interface Whitening {
  readonly mean: Float64Array;
  /** Symmetric, row after row; a vector v becomes matrix · (v − mean). */
  readonly matrix: readonly Float64Array[];
}

/** `regularisation` is added to each variance, so that directions that hold only noise are not blown up. */
export function learnWhitening(vectors: readonly Float64Array[], regularisation: number): Whitening {
  const size = vectors[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const vector of vectors) addScaled(mean, vector, 1 / vectors.length);

  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  for (const vector of vectors) {
    const centred = subtract(vector, mean);
    covariance.forEach((row, i) => addScaled(row, centred, (centred[i] ?? 0) / vectors.length));
  }

  const { values, vectors: directions } = symmetricEigen(concatenate(covariance), size);
  const matrix = Array.from({ length: size }, () => new Float64Array(size));
  values.forEach((value, k) => {
    const direction = directions.subarray(k * size, (k + 1) * size);
    const gain = 1 / Math.sqrt(Math.max(0, value) + regularisation);
    matrix.forEach((row, i) => addScaled(row, direction, gain * (direction[i] ?? 0)));
  });
  return { mean, matrix };
}

export function whiten({ mean, matrix }: Whitening, vector: Float64Array): Float64Array {
  const centred = subtract(vector, mean);
  return Float64Array.from(matrix, (row) => dot(row, centred));
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}

export function addScaled(sum: Float64Array, vector: Float64Array, factor: number): void {
  for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] ?? 0) + factor * (vector[k] ?? 0);
}

const subtract = (a: Float64Array, b: Float64Array) => a.map((value, k) => value - (b[k] ?? 0));

function concatenate(rows: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(rows.length * (rows[0]?.length ?? 0));
  rows.forEach((row, i) => all.set(row, i * row.length));
  return all;
}
