// The few operations on matrices that are not products.
import type { Matrix } from '../math/gemm.ts';

export const zeros = (rows: number, columns: number): Matrix => ({
  data: new Float64Array(rows * columns),
  rows,
  columns,
});

/** One row, not a copy. */
export const rowOf = ({ data, columns }: Matrix, row: number): Float64Array =>
  data.subarray(row * columns, (row + 1) * columns);

/** Neighbouring rows, not a copy. */
export const rowsOf = ({ data, columns }: Matrix, from: number, to: number): Matrix => ({
  data: data.subarray(from * columns, to * columns),
  rows: to - from,
  columns,
});

/** A copy of neighbouring columns. */
export function columnsOf(matrix: Matrix, from: number, to: number): Matrix {
  const part = zeros(matrix.rows, to - from);
  for (let row = 0; row < matrix.rows; row++) rowOf(part, row).set(rowOf(matrix, row).subarray(from, to));
  return part;
}

/** The columns of both side by side. */
export function joinColumns(left: Matrix, right: Matrix): Matrix {
  const joined = zeros(left.rows, left.columns + right.columns);
  for (let row = 0; row < left.rows; row++) {
    rowOf(joined, row).set(rowOf(left, row));
    rowOf(joined, row).set(rowOf(right, row), left.columns);
  }
  return joined;
}

/** The rows of both, one below the other. */
export function joinRows(above: Matrix, below: Matrix): Matrix {
  const joined = zeros(above.rows + below.rows, above.columns);
  joined.data.set(above.data);
  joined.data.set(below.data, above.data.length);
  return joined;
}

/** A copy of the rows, in the order given. */
export function pickRows(matrix: Matrix, rows: readonly number[]): Matrix {
  const picked = zeros(rows.length, matrix.columns);
  rows.forEach((row, i) => rowOf(picked, i).set(rowOf(matrix, row)));
  return picked;
}

/** A copy of the columns, in the order given. */
export function pickColumns(matrix: Matrix, columns: readonly number[]): Matrix {
  const picked = zeros(matrix.rows, columns.length);
  for (let row = 0; row < matrix.rows; row++)
    for (let k = 0; k < columns.length; k++)
      picked.data[row * columns.length + k] = matrix.data[row * matrix.columns + (columns[k] ?? 0)] ?? 0;
  return picked;
}

/** In tiles, because a walk down a column of a large matrix misses the cache at each step. */
export function transpose(matrix: Matrix): Matrix {
  const { rows, columns } = matrix;
  const transposed = zeros(columns, rows);
  const tile = 8;
  for (let top = 0; top < rows; top += tile)
    for (let left = 0; left < columns; left += tile)
      for (let row = top; row < Math.min(top + tile, rows); row++)
        for (let k = left; k < Math.min(left + tile, columns); k++)
          transposed.data[k * rows + row] = matrix.data[row * columns + k] ?? 0;
  return transposed;
}

/** target += factor · values */
export function add(target: Float64Array, values: Float64Array, factor = 1): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (values[i] ?? 0);
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Adds to each element of the diagonal from the first on. */
export function addToDiagonal({ data, columns }: Matrix, values: Iterable<number>): void {
  let k = 0;
  for (const value of values) {
    data[k] = (data[k] ?? 0) + value;
    k += columns + 1;
  }
}

/** target += factor · a·b, where a has few columns. Larger products are better made by gemm. */
export function addProduct(target: Matrix, a: Matrix, b: Matrix, factor = 1): void {
  for (let i = 0; i < b.rows; i++) {
    const values = rowOf(b, i);
    const columns = [...values.keys()].filter((k) => values[k] !== 0);
    for (let row = 0; row < target.rows; row++) {
      const weight = factor * (a.data[row * a.columns + i] ?? 0);
      for (const k of columns) {
        const index = row * target.columns + k;
        target.data[index] = (target.data[index] ?? 0) + weight * (values[k] ?? 0);
      }
    }
  }
}
