// Inverses of matrices: small ones by elimination, large ones by halves, so that nearly all work is matrix products.
import type { Gemm, Matrix } from '../onnx/gemm.ts';
import { add, rowOf, transpose, zeros } from './matrix.ts';

/** Up to this size elimination is faster than the products that it would be split into. */
const smallSize = 64;

/** The inverse of a symmetric positive definite matrix, from those of its first half and of the Schur complement. */
export async function invertPositiveDefinite(gemm: Gemm, matrix: Matrix): Promise<Matrix> {
  const size = matrix.rows;
  if (size <= smallSize) return invert(matrix);
  const half = size >> 1;
  const rest = size - half;
  // The matrix is [a bᵀ; b c].
  const a = part(matrix, 0, half, half);
  const b = part(matrix, half, rest, half);
  const c = part(matrix, half, rest, rest, half);

  const aInverse = await invertPositiveDefinite(gemm, a);
  const ba = await gemm.multiply(b, aInverse);
  add(c.data, (await gemm.multiply(ba, b, { transposeB: true })).data, -1);
  const corner = await invertPositiveDefinite(gemm, c);
  const side = await gemm.multiply(corner, ba);
  add(aInverse.data, (await gemm.multiply(ba, side, { transposeA: true })).data);

  // The inverse is [aInverse sideᵀ; side corner].
  for (let i = 0; i < side.data.length; i++) side.data[i] = -(side.data[i] ?? 0);
  const above = transpose(side);
  const inverse = zeros(size, size);
  for (let row = 0; row < half; row++) {
    rowOf(inverse, row).set(rowOf(aInverse, row));
    rowOf(inverse, row).set(rowOf(above, row), half);
  }
  for (let row = 0; row < rest; row++) {
    rowOf(inverse, half + row).set(rowOf(side, row));
    rowOf(inverse, half + row).set(rowOf(corner, row), half);
  }
  return inverse;
}

/** The inverse of a small matrix by Gauss-Jordan elimination with pivots. Throws where there is none. */
export function invert(matrix: Matrix): Matrix {
  const size = matrix.rows;
  // Each row of the matrix with the same row of the identity behind it: elimination turns the pair around.
  const rows = Array.from({ length: size }, (_, i) => {
    const row = new Float64Array(2 * size);
    row.set(rowOf(matrix, i));
    row[size + i] = 1;
    return row;
  });
  for (let column = 0; column < size; column++) {
    let best = column;
    for (let i = column; i < size; i++)
      if (Math.abs(rows[i]?.[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0)) best = i;
    const [pivotRow = new Float64Array(0)] = rows.splice(best, 1);
    const pivot = pivotRow[column] ?? 0;
    if (pivot === 0 || Number.isNaN(pivot)) throw new RangeError('the matrix has no inverse');
    for (let k = column; k < 2 * size; k++) pivotRow[k] = (pivotRow[k] ?? 0) / pivot;
    for (const row of rows) {
      const factor = row[column] ?? 0;
      for (let k = column; k < 2 * size; k++) row[k] = (row[k] ?? 0) - factor * (pivotRow[k] ?? 0);
    }
    rows.splice(column, 0, pivotRow);
  }
  const inverse = zeros(size, size);
  rows.forEach((row, i) => rowOf(inverse, i).set(row.subarray(size)));
  return inverse;
}

function part(matrix: Matrix, top: number, rows: number, columns: number, left = 0): Matrix {
  const copy = zeros(rows, columns);
  for (let row = 0; row < rows; row++)
    rowOf(copy, row).set(rowOf(matrix, top + row).subarray(left, left + columns));
  return copy;
}
