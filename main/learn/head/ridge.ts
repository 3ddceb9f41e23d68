// Ridge regression from the design to one column of targets a class, 1 where the image has the class, else 0:
// the weights minimise the squared error plus λ times their squares, those of the constant left free.
import type { Gemm, Matrix } from '../onnx/gemm.ts';
import type { Design } from './design.ts';
import { invertPositiveDefinite } from './inverse.ts';
import { fittedClasses, isFitted, type Labels } from './labels.ts';
import { add, addToDiagonal, dot, rowOf, zeros } from './matrix.ts';

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
  design: Design,
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
    add(gram.data, (await gemm.multiply(matrix, matrix, { transposeA: true })).data);
    onBlock?.(matrix.rows);
  }
  return { gram, classSums };
}

/** (XᵀX + λI)⁻¹, where the constant, the last column, has no penalty. */
export function ridgeInverse(gemm: Gemm, { data, rows, columns }: Matrix, lambda: number): Promise<Matrix> {
  const penalised = { data: data.slice(), rows, columns };
  addToDiagonal(penalised, new Float64Array(rows - 1).fill(lambda));
  return invertPositiveDefinite(gemm, penalised);
}

/** Estimates for rows of the design. */
export async function estimate(
  gemm: Gemm,
  x: Matrix,
  inverse: Matrix,
  classSums: Matrix,
): Promise<Estimates> {
  const projected = await gemm.multiply(x, inverse);
  return {
    fitted: await gemm.multiply(projected, classSums, { transposeB: true }),
    leverage: Float64Array.from({ length: x.rows }, (_, row) => dot(rowOf(x, row), rowOf(projected, row))),
  };
}

/** Estimates for all images. */
export async function estimateAll(
  gemm: Gemm,
  design: Design,
  inverse: Matrix,
  classSums: Matrix,
  onBlock?: OnBlock,
): Promise<Estimates> {
  const fitted = zeros(design.rows, classSums.rows);
  const leverage = new Float64Array(design.rows);
  for (const { start, matrix } of design.blocks()) {
    const block = await estimate(gemm, matrix, inverse, classSums);
    fitted.data.set(block.fitted.data, start * fitted.columns);
    leverage.set(block.leverage, start);
    onBlock?.(matrix.rows);
  }
  return { fitted, leverage };
}
