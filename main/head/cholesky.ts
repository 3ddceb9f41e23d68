// Cholesky factors. A positive definite matrix is factored by halves, so that nearly all work is matrix products, and
// kept in the pieces that solving needs. A semidefinite one is factored with pivots, down to its rank.
import type { Gemm, Matrix } from '../math/gemm.ts';
import { add, columnsOf, dot, joinColumns, rowOf, rowsOf, transpose, zeros } from './matrix.ts';

/** Up to this size plain loops are faster than the products that they would be split into. */
const blockSize = 64;

/** The lower triangle L with LLᵀ = A: [first 0; below second], or the inverse of L where it is small. */
export type Factor =
  { readonly inverse: Matrix } | { readonly first: Factor; readonly below: Matrix; readonly second: Factor };

export async function factorise(gemm: Gemm, matrix: Matrix): Promise<Factor> {
  const size = matrix.rows;
  if (size <= blockSize) return { inverse: inverseOfFactor(matrix) };
  const half = size >> 1;
  const first = await factorise(gemm, columnsOf(rowsOf(matrix, 0, half), 0, half));
  const below = await solve(gemm, first, columnsOf(rowsOf(matrix, half, size), 0, half));
  const rest = columnsOf(rowsOf(matrix, half, size), half, size);
  add(rest.data, (await gemm.multiply(below, below, { transposeB: true })).data, -1);
  return { first, below, second: await factorise(gemm, rest) };
}

/** L⁻¹x for each row x: products of the results are products of the rows through A⁻¹. */
export async function solve(gemm: Gemm, factor: Factor, x: Matrix): Promise<Matrix> {
  if ('inverse' in factor) return gemm.multiply(x, factor.inverse, { transposeB: true });
  const { first, below, second } = factor;
  const left = await solve(gemm, first, columnsOf(x, 0, below.columns));
  const right = columnsOf(x, below.columns, x.columns);
  add(right.data, (await gemm.multiply(left, below, { transposeB: true })).data, -1);
  return joinColumns(left, await solve(gemm, second, right));
}

/** L⁻ᵀx for each row x. */
export async function solveTransposed(gemm: Gemm, factor: Factor, x: Matrix): Promise<Matrix> {
  if ('inverse' in factor) return gemm.multiply(x, factor.inverse);
  const { first, below, second } = factor;
  const right = await solveTransposed(gemm, second, columnsOf(x, below.columns, x.columns));
  const left = columnsOf(x, 0, below.columns);
  add(left.data, (await gemm.multiply(right, below)).data, -1);
  return joinColumns(await solveTransposed(gemm, first, left), right);
}

/** L⁻¹ of a small matrix, row by row. */
function inverseOfFactor(matrix: Matrix): Matrix {
  const factor = zeros(matrix.rows, matrix.rows);
  const inverse = zeros(matrix.rows, matrix.rows);
  for (let i = 0; i < matrix.rows; i++) {
    const row = rowOf(factor, i);
    const inverseRow = rowOf(inverse, i);
    for (let k = 0; k < i; k++) {
      const above = rowOf(factor, k);
      row[k] = ((rowOf(matrix, i)[k] ?? 0) - dot(row.subarray(0, k), above)) / (above[k] ?? 0);
      add(inverseRow, rowOf(inverse, k), -(row[k] ?? 0));
    }
    const pivot = Math.sqrt((rowOf(matrix, i)[i] ?? 0) - dot(row, row));
    row[i] = pivot;
    inverseRow[i] = 1;
    for (let k = 0; k <= i; k++) inverseRow[k] = (inverseRow[k] ?? 0) / pivot;
  }
  return inverse;
}

/**
 * L with LLᵀ = A for a matrix without negative eigenvalues, with as many columns as its rank: the next column is always
 * the one with the largest remainder on the diagonal, until nothing remains but rounding.
 */
export async function factoriseSemidefinite(gemm: Gemm, matrix: Matrix): Promise<Matrix> {
  const size = matrix.rows;
  const remainder = matrix.data.slice();
  const diagonal = Float64Array.from({ length: size }, (_, i) => remainder[i * (size + 1)] ?? 0);
  const rounding = size * Number.EPSILON * Math.max(...diagonal);
  // L transposed, so that each of its columns lies in one piece.
  const columns = zeros(size, size);
  let rank = 0;
  /** Columns from here on are not yet taken off the remainder. */
  let start = 0;
  for (; rank < size; rank++) {
    const largest = Math.max(...diagonal);
    if (!(largest > rounding)) break;
    if (rank === start + blockSize) {
      const block = rowsOf(columns, start, rank);
      add(remainder, (await gemm.multiply(block, block, { transposeA: true })).data, -1);
      start = rank;
    }
    const pivot = diagonal.indexOf(largest);
    const column = rowOf(columns, rank);
    column.set(remainder.subarray(pivot * size, (pivot + 1) * size));
    for (let k = start; k < rank; k++) add(column, rowOf(columns, k), -(columns.data[k * size + pivot] ?? 0));
    diagonal[pivot] = -Infinity;
    for (let i = 0; i < size; i++) {
      // Rows that had their turn have nothing left.
      column[i] = diagonal[i] === -Infinity && i !== pivot ? 0 : (column[i] ?? 0) / Math.sqrt(largest);
      diagonal[i] = (diagonal[i] ?? 0) - (column[i] ?? 0) ** 2;
    }
  }
  return transpose(rowsOf(columns, 0, rank));
}
