// For the tests of the head: small data sets in memory, and ridge regression written down plainly, with nothing in
// common with the code under test.
import { createRandom } from '../math/random.ts';
import type { Labels, RowLabel } from './labels.ts';
import type { FeatureSource } from './source.ts';

/** Features in blocks of an odd size, in a buffer that is used again. */
export function memorySource(vectors: readonly (readonly number[])[], blockRows = 7): FeatureSource {
  const columns = vectors[0]?.length ?? 0;
  return {
    rows: vectors.length,
    columns,
    *blocks(from = 0) {
      const buffer = new Float32Array(blockRows * columns);
      for (let start = from; start < vectors.length; start += blockRows) {
        const block = vectors.slice(start, start + blockRows);
        block.forEach((vector, i) => buffer.set(vector, i * columns));
        yield { start, rows: block.length, data: buffer.subarray(0, block.length * columns) };
      }
    },
  };
}

/** Clouds around one random point a class, that overlap. */
export function clouds(rows: number, columns: number, classes: number, seed = 1) {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const centres = Array.from({ length: classes }, () => Array.from({ length: columns }, normal));
  const given = Array.from({ length: rows }, (_, row) => row % classes);
  const vectors = given.map((k) => (centres[k] ?? []).map((mean) => Math.fround(mean + 2 * normal())));
  return { vectors, labels: oneClassEach(given, classes) };
}

export const oneClassEach = (given: readonly number[], classes: number): Labels => ({
  multiLabel: false,
  classes,
  rows: given.map((k) => ({ classes: [k], included: true })),
  copies: [],
});

export const replaceRows = (labels: Labels, replaced: Readonly<Record<number, RowLabel>>): Labels => ({
  ...labels,
  rows: labels.rows.map((label, row) => replaced[row] ?? label),
});

/** For each image the prediction of a model that was fitted to all other labelled, included images but its copies. */
export function predictByRefitting(
  vectors: readonly (readonly number[])[],
  labels: Labels,
  lambda: number,
): number[][] {
  const x = standardised(vectors);
  return x.map((_, left) => {
    const leftOut = labels.copies.find((group) => group.includes(left)) ?? [left];
    const fitted = labels.rows.flatMap((label, row) =>
      !leftOut.includes(row) && label.included && label.classes.length > 0
        ? [{ x: x[row] ?? [], label }]
        : [],
    );
    const size = x[0]?.length ?? 0;
    const equations = Array.from({ length: size }, (_, i) => [
      ...Array.from({ length: size }, (_, j) => {
        const penalty = i === j && i < size - 1 ? lambda : 0;
        return fitted.reduce((sum, { x }) => sum + (x[i] ?? 0) * (x[j] ?? 0), penalty);
      }),
      ...Array.from({ length: labels.classes }, (_, k) =>
        fitted.reduce((sum, { x, label }) => sum + (x[i] ?? 0) * Number(label.classes.includes(k)), 0),
      ),
    ]);
    const weights = solve(equations);
    return Array.from({ length: labels.classes }, (_, k) =>
      (x[left] ?? []).reduce((sum, value, i) => sum + value * (weights[i]?.[k] ?? 0), 0),
    );
  });
}

/** Mean 0 and deviation 1, then the constant. */
function standardised(vectors: readonly (readonly number[])[]): number[][] {
  const statistics = (vectors[0] ?? []).map((_, k) => {
    const column = vectors.map((row) => row[k] ?? 0);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
    return { mean, deviation: Math.sqrt(variance) };
  });
  return vectors.map((row) => [
    ...row.map((value, k) => {
      const { mean, deviation } = statistics[k] ?? { mean: 0, deviation: 1 };
      return (value - mean) / deviation;
    }),
    1,
  ]);
}

/** Gaussian elimination with pivots. Each row holds coefficients, then right-hand sides. */
function solve(equations: number[][]): number[][] {
  const rows = equations.map((row) => row.slice());
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const pivots = rows.slice(column).map((row) => Math.abs(row[column] ?? 0));
    const best = column + pivots.indexOf(Math.max(...pivots));
    [rows[column], rows[best]] = [rows[best] ?? [], rows[column] ?? []];
    const pivotRow = rows[column] ?? [];
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const factor = (row[column] ?? 0) / (pivotRow[column] ?? 0);
      rows[i] = row.map((value, k) => value - factor * (pivotRow[k] ?? 0));
    }
  }
  return rows.map((row, i) => row.slice(size).map((value) => value / (row[i] ?? 0)));
}

/** The largest difference, relative to the largest expected number. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = Math.abs(actual.length - expected.length);
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN)));
    size = Math.max(size, Math.abs(expected[i] ?? 0));
  }
  return difference / size;
}
