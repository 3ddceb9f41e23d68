// What the learning-rate finder suggests from its curve: fastai's `minimum`, `steep` and `valley`
// (fastai/callback/schedule.py). Numbers only.

import type { FinderPoint, RateSuggestions } from '../../../shared/training.ts';

/** Steps of the finder, and its first and last rate. */
export const finder = { steps: 100, from: 1e-7, to: 10 } as const;
const dropLast = 5;

/** The part of the curve that counts: without its first tenth and its last five points, up to the first that is NaN. */
export function usable(points: readonly FinderPoint[]): readonly FinderPoint[] {
  const kept = points.slice(finder.steps / 10, -dropLast);
  const blownUp = kept.findIndex(({ loss }) => Number.isNaN(loss));
  return blownUp === -1 ? kept : kept.slice(0, blownUp);
}

/** Null where fewer than two points are usable: then there is nothing to see in the curve. */
export function suggestRates(points: readonly FinderPoint[]): RateSuggestions | null {
  const curve = usable(points);
  if (curve.length < 2) return null;
  const losses = curve.map(({ loss }) => loss);
  const rateAt = (place: number) => curve[place]?.rate ?? Number.NaN;
  const slopes = curve.slice(1).map(({ rate, loss }, place) => {
    const before = curve[place] ?? { rate, loss };
    return (loss - before.loss) / (Math.log(rate) - Math.log(before.rate));
  });
  return {
    minimum: rateAt(placeOfLeast(losses)) / 10,
    steepest: rateAt(placeOfLeast(slopes)),
    valley: rateAt(valleyPlace(losses)),
  };
}

/**
 * fastai takes the longest decreasing subsequence, ending at `end` with so many members, for a valley that began so
 * many places before, and of that about the middle.
 */
function valleyPlace(losses: readonly number[]): number {
  const lengths = losses.map(() => 1);
  let end = 0;
  let start = 0;
  for (let i = 1; i < losses.length; i++) {
    for (let j = 0; j < i; j++) {
      if ((losses[i] ?? 0) < (losses[j] ?? 0)) lengths[i] = Math.max(lengths[i] ?? 1, (lengths[j] ?? 1) + 1);
    }
    if ((lengths[i] ?? 1) > (lengths[end] ?? 1)) {
      end = i;
      start = end - (lengths[end] ?? 1);
    }
  }
  const third = (end - start) / 3;
  return Math.max(0, start + Math.trunc(third) + Math.trunc(third / 2));
}

function placeOfLeast(values: readonly number[]): number {
  return values.reduce((least, value, place) => (value < (values[least] ?? Infinity) ? place : least), 0);
}
