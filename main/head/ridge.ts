// Ridge regression from the design to one column of targets a class, 1 where the image has the class, else 0:
// the weights minimise the squared error plus λ times their squares, those of the constant left free.
import type { Gemm, Matrix } from '../math/gemm.ts';
import { factorise, solve } from './cholesky.ts';
import type { DesignMatrix } from './design.ts';
import { invertPositiveDefinite } from './inverse.ts';
import { fittedClasses, isFitted, type Labels } from './labels.ts';
import { add, addToDiagonal, dot, rowOf, zeros } from './matrix.ts';
import { addGram, mirror, quadraticForms } from './symmetric.ts';

/** All that the weights depend on, however many images there are. */
export interface NormalEquations {
  /** XᵀX over the images that are fitted. */
  readonly gram: Matrix;
  /** YᵀX: for each class the sum of its images. */
  readonly classSums: Matrix;
}

/** What the model gives for some images. */
export interface Estimates {
  /** A row an image, a column a class. */
  readonly fitted: Matrix;
  /** xᵀ(XᵀX + λI)⁻¹x of each image, whether it is fitted or not. */
  readonly leverage: Float64Array;
}

/** Called after each block, to report progress and to stop by throwing. */
export type OnBlock = (rows: number) => void;

export async function normalEquations(
  gemm: Gemm,
  design: DesignMatrix,
  labels: Labels,
  onBlock?: OnBlock,
): Promise<NormalEquations> {
  const gram = zeros(design.columns, design.columns);
  const classSums = zeros(labels.classes, design.columns);
  for (const { start, matrix } of design.blocks()) {
    for (let i = 0; i < matrix.rows; i++) {
      const label = labels.rows[start + i];
      const x = rowOf(matrix, i);
      for (const k of fittedClasses(label)) add(rowOf(classSums, k), x);
      if (!isFitted(label)) x.fill(0);
    }
    await addGram(gemm, gram, matrix);
    onBlock?.(matrix.rows);
  }
  mirror(gram);
  return { gram, classSums };
}

/** XᵀX + λI, where the constant, the last column, has no penalty. */
function penalise({ data, rows, columns }: Matrix, lambda: number): Matrix {
  const penalised = { data: data.slice(), rows, columns };
  addToDiagonal(penalised, new Float64Array(rows - 1).fill(lambda));
  return penalised;
}

/** (XᵀX + λI)⁻¹ */
export function ridgeInverse(gemm: Gemm, gram: Matrix, lambda: number): Promise<Matrix> {
  return invertPositiveDefinite(gemm, penalise(gram, lambda));
}

/** Estimates for a few rows of the design, without the inverse: for these it takes longer than all the rest. */
export async function estimateFew(
  gemm: Gemm,
  { gram, classSums }: NormalEquations,
  lambda: number,
  x: Matrix,
): Promise<Estimates> {
  const factor = await factorise(gemm, penalise(gram, lambda));
  const solved = await solve(gemm, factor, x);
  return {
    fitted: await gemm.multiply(solved, await solve(gemm, factor, classSums), { transposeB: true }),
    leverage: Float64Array.from({ length: x.rows }, (_, row) => dot(rowOf(solved, row), rowOf(solved, row))),
  };
}

/** Estimates for all images. */
export async function estimateAll(
  gemm: Gemm,
  design: DesignMatrix,
  inverse: Matrix,
  classSums: Matrix,
  onBlock?: OnBlock,
): Promise<Estimates> {
  const weights = await gemm.multiply(classSums, inverse);
  const fitted = zeros(design.rows, classSums.rows);
  const leverage = new Float64Array(design.rows);
  for (const { start, matrix } of design.blocks()) {
    const block = await gemm.multiply(matrix, weights, { transposeB: true });
    fitted.data.set(block.data, start * fitted.columns);
    leverage.set(await quadraticForms(gemm, matrix, inverse), start);
    onBlock?.(matrix.rows);
  }
  return { fitted, leverage };
}
