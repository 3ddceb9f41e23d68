// Inverses of matrices: positive definite ones through their Cholesky factor, small ones of any kind by elimination.
import type { Gemm, Matrix } from '../math/gemm.ts';
import { factorise, solveTransposed, type Factor } from './cholesky.ts';
import { add, joinColumns, joinRows, rowOf, transpose, zeros } from './matrix.ts';

/**
 * The inverse of a symmetric positive definite matrix. Going by halves without the factor, from the inverse of one half
 * to the Schur complement, takes as many operations but loses digits at each level: with features that are alike, all.
 */
export async function invertPositiveDefinite(gemm: Gemm, matrix: Matrix): Promise<Matrix> {
  return invertFactored(gemm, await factorise(gemm, matrix));
}

/** (LLᵀ)⁻¹ from the inverses of its first half a and of the Schur complement, where [a bᵀ; b c] = LLᵀ. */
async function invertFactored(gemm: Gemm, factor: Factor): Promise<Matrix> {
  if ('inverse' in factor) return gemm.multiply(factor.inverse, factor.inverse, { transposeA: true });
  const aInverse = await invertFactored(gemm, factor.first);
  const corner = await invertFactored(gemm, factor.second);
  // b·a⁻¹
  const ba = await solveTransposed(gemm, factor.first, factor.below);
  const side = await gemm.multiply(corner, ba);
  add(aInverse.data, (await gemm.multiply(ba, side, { transposeA: true })).data);
  for (let i = 0; i < side.data.length; i++) side.data[i] = -(side.data[i] ?? 0);
  return joinRows(joinColumns(aInverse, transpose(side)), joinColumns(side, corner));
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
