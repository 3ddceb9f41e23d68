// The head's solution as a map from features to logits: what a network can begin with.
import type { Gemm } from '../math/gemm.ts';
import { Design } from './design.ts';
import { learn } from './head.ts';
import type { Labels } from './labels.ts';
import { rowOf } from './matrix.ts';
import type { FeatureSource } from './source.ts';

/** logit k = bias[k] + Σ weights[k][j] · (feature j − mean[j]) / deviation[j] */
export interface LinearMap {
  readonly features: number;
  readonly classes: number;
  readonly mean: Float64Array;
  /** 1 where a feature does not vary: its weights are 0. */
  readonly deviation: Float64Array;
  /** A row a class. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/**
 * Ridge regression on all rows that have a label and are not excluded, λ and the scale of the logits chosen by the
 * leave-one-out log loss, as for the instant ranking.
 * @param seed draws the images on which λ is chosen.
 * @throws Failure `empty` where they are of one class only; the signal's reason when it is aborted.
 */
export async function fitLinearMap(
  gemm: Gemm,
  source: FeatureSource,
  labels: Labels,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<LinearMap> {
  const design = new Design(source, signal);
  const { equations, fit, parameters } = await learn(gemm, design, labels, { seed, signal });
  const { slope, offset } = parameters;
  const solution = await gemm.multiply(equations.classSums, fit.inverse);
  const features = source.columns;
  const weights = new Float64Array(labels.classes * features);
  const bias = new Float64Array(labels.classes);
  for (let k = 0; k < labels.classes; k++) {
    const row = rowOf(solution, k);
    weights.set(
      row.subarray(0, features).map((weight) => slope * weight),
      k * features,
    );
    bias[k] = slope * (row[features] ?? 0) + offset;
  }
  return { features, classes: labels.classes, mean: design.mean, deviation: design.deviation, weights, bias };
}
