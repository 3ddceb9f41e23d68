// What the model would say of each image had it never seen it: with f its estimate, y the target and h the leverage,
// (f − h·y) / (1 − h). Exact for ridge regression (Allen's PRESS; Hastie, Tibshirani and Friedman, The Elements of
// Statistical Learning, section 7.10).
import { fittedClasses, type RowLabel } from './labels.ts';
import type { Estimates } from './ridge.ts';

/** An image that alone determines its estimate has leverage 1, but for rounding. */
const smallestRemainder = 1e-10;

export interface Predictions extends Estimates {
  /** One for each row of the estimates. */
  readonly labels: readonly RowLabel[];
}

/** Writes the prediction for one image, by the model without that image, into the target. */
export function predictLeftOut(
  { labels, fitted, leverage }: Predictions,
  row: number,
  target: Float64Array,
): void {
  const from = row * fitted.columns;
  for (let k = 0; k < target.length; k++) target[k] = fitted.data[from + k] ?? 0;
  const classes = fittedClasses(labels[row]);
  if (classes.length === 0) return;
  const h = leverage[row] ?? 0;
  for (const k of classes) target[k] = (target[k] ?? 0) - h;
  const remainder = Math.max(1 - h, smallestRemainder);
  for (let k = 0; k < target.length; k++) target[k] = (target[k] ?? 0) / remainder;
}
