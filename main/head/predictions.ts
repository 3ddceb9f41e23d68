// What the model would say of each image had it never seen it, nor any copy of it: with f its estimate, h the leverage,
// k the number of copies that are fitted (itself among them) and s the sum of their targets, (f − h·s) / (1 − k·h).
// Exact for ridge regression: without a group g the estimate is (I − H)⁻¹(f − H·y) over g (Allen's PRESS; Hastie,
// Tibshirani and Friedman, The Elements of Statistical Learning, section 7.10), and copies have the same features, so
// that all elements of H are h and all of f are the same.
import { fittedClasses, isFitted, type Labels, type RowLabel } from './labels.ts';
import type { Estimates } from './ridge.ts';

/** Images that alone determine their estimate have leverages that sum to 1, but for rounding. */
const smallestRemainder = 1e-10;

/** What is left out to predict an image. */
export interface LeftOut {
  /** How many images, all with the same features. */
  readonly images: number;
  /** Of all of them: a class that several have comes several times. */
  readonly classes: readonly number[];
}

export interface Predictions extends Estimates {
  /** One for each row of the estimates. */
  readonly labels: readonly RowLabel[];
  /** The same. */
  readonly leftOut: readonly LeftOut[];
}

/** For each row: itself and its copies, as far as they are fitted. */
export function leaveOut({ rows, copies }: Pick<Labels, 'rows' | 'copies'>): LeftOut[] {
  const leftOut = rows.map((label) => ({ images: Number(isFitted(label)), classes: fittedClasses(label) }));
  for (const group of copies) {
    const together = {
      images: group.filter((row) => isFitted(rows[row])).length,
      classes: group.flatMap((row) => fittedClasses(rows[row])),
    };
    for (const row of group) leftOut[row] = together;
  }
  return leftOut;
}

/** Writes the prediction for one image, by the model without what is left out, into the target. */
export function predictLeftOut(
  { leftOut, fitted, leverage }: Predictions,
  row: number,
  target: Float64Array,
): void {
  const from = row * fitted.columns;
  for (let k = 0; k < target.length; k++) target[k] = fitted.data[from + k] ?? 0;
  const { images, classes } = leftOut[row] ?? { images: 0, classes: [] };
  if (images === 0) return;
  const h = leverage[row] ?? 0;
  for (const k of classes) target[k] = (target[k] ?? 0) - h;
  const remainder = Math.max(1 - images * h, smallestRemainder);
  for (let k = 0; k < target.length; k++) target[k] = (target[k] ?? 0) / remainder;
}
