// How much to regularise: the λ with the lowest leave-one-out log loss on a sample of the fitted images. The model is
// that of all images; only the loss is averaged over fewer.
import type { Gemm, Matrix } from '../math/gemm.ts';
import { calibrate } from './calibration.ts';
import type { RowLabel } from './labels.ts';
import type { LeftOut } from './predictions.ts';
import { estimateFew, type NormalEquations } from './ridge.ts';

export interface Sample {
  readonly design: Matrix;
  readonly labels: readonly RowLabel[];
  readonly leftOut: readonly LeftOut[];
}

/** λ is tried from 2⁻²⁰ to 2²⁰ times the mean square of a feature, summed over the images. */
const largestExponent = 20;
/** A walk ends where the next step gains less than this many nats an image. */
const smallestGain = 1e-4;

export async function chooseLambda(
  gemm: Gemm,
  equations: NormalEquations,
  sample: Sample,
  multiLabel: boolean,
  signal?: AbortSignal,
): Promise<number> {
  const unit = meanDiagonal(equations.gram) || 1;
  const losses = new Map<number, number>();
  const lossAt = async (exponent: number) => {
    const known = losses.get(exponent);
    if (known !== undefined) return known;
    signal?.throwIfAborted();
    const estimates = await estimateFew(gemm, equations, unit * 2 ** exponent, sample.design);
    const { loss } = calibrate({ ...sample, ...estimates }, multiLabel);
    losses.set(exponent, loss);
    return loss;
  };

  // Downhill by factors of two from the middle, then to the lowest point of the parabola through the last three.
  let best = 0;
  for (const step of [1, -1])
    while (
      Math.abs(best + step) <= largestExponent &&
      (await lossAt(best)) - (await lossAt(best + step)) > smallestGain
    )
      best += step;
  const [left, middle, right] = [await lossAt(best - 1), await lossAt(best), await lossAt(best + 1)];
  const curvature = left - 2 * middle + right;
  const offset = curvature > 0 ? Math.min(0.5, Math.max(-0.5, (left - right) / (2 * curvature))) : 0;
  return unit * 2 ** (best + offset);
}

/** Without the constant, the last column. */
function meanDiagonal({ data, columns }: Matrix): number {
  let sum = 0;
  for (let k = 0; k < columns - 1; k++) sum += data[k * (columns + 1)] ?? 0;
  return sum / (columns - 1);
}
