// Follows changed labels without a new fit. With U = X·G⁻¹ for the changed images only, the weights change by UᵀC,
// where C has a row for each of them; images that enter or leave the fit also change G⁻¹ (Woodbury's identity).
// So all estimates follow from one product of the design with Uᵀ, and are those of a new fit with the same λ.
import type { Gemm, Matrix } from '../math/gemm.ts';
import type { DesignMatrix } from './design.ts';
import { invert } from './inverse.ts';
import { fittedClasses, isFitted, type LabelChange, type RowLabel } from './labels.ts';
import { addProduct, addToDiagonal, dot, pickColumns, pickRows, rowOf, transpose, zeros } from './matrix.ts';
import type { Estimates } from './ridge.ts';

export interface Fit extends Estimates {
  /** G⁻¹ = (XᵀX + λI)⁻¹ */
  readonly inverse: Matrix;
}

/** Applies changes, at most one an image and in ascending order of rows. Writes to the fit once nothing can fail. */
export async function updateFit(
  gemm: Gemm,
  design: DesignMatrix,
  fit: Fit,
  labels: readonly RowLabel[],
  changes: readonly LabelChange[],
): Promise<void> {
  const { inverse, fitted, leverage } = fit;
  const u = await gemm.multiply(design.select(changes.map(({ row }) => row)), inverse);
  const v = await design.project(gemm, u);

  // Images that enter (+1) or leave (-1) the fit, by their place among the changes.
  const moves = changes.flatMap((change, place) => {
    const sign = Number(isFitted(change)) - Number(isFitted(labels[change.row]));
    return sign === 0 ? [] : [{ place, row: change.row, sign }];
  });
  const movedRows = moves.map(({ row }) => row);
  const movedPlaces = moves.map(({ place }) => place);
  const uMoved = pickRows(u, movedPlaces);
  const vMoved = pickColumns(v, movedPlaces);
  const system = pickRows(vMoved, movedRows);
  addToDiagonal(
    system,
    moves.map(({ sign }) => sign),
  );
  const core = invert(system);

  const targets = zeros(changes.length, fitted.columns);
  for (const [place, change] of changes.entries()) {
    const row = rowOf(targets, place);
    for (const k of fittedClasses(labels[change.row])) row[k] = (row[k] ?? 0) - 1;
    for (const k of fittedClasses(change)) row[k] = (row[k] ?? 0) + 1;
  }
  addProduct(fitted, v, targets);
  if (moves.length === 0) return;
  const corrections = zeros(moves.length, fitted.columns);
  addProduct(corrections, core, pickRows(fitted, movedRows));
  addProduct(fitted, vMoved, corrections, -1);
  const coreU = zeros(moves.length, inverse.columns);
  addProduct(coreU, core, uMoved);
  addProduct(inverse, transpose(coreU), uMoved, -1);
  const vCore = zeros(vMoved.rows, moves.length);
  addProduct(vCore, vMoved, core);
  for (let row = 0; row < leverage.length; row++)
    leverage[row] = (leverage[row] ?? 0) - dot(rowOf(vCore, row), rowOf(vMoved, row));
}
