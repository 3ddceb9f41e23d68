// How probable it is that a label is wrong, by the odds that the model gives to the best other class: a logistic
// regression on what people decided, with a prior that holds before the first verdict. Knows numbers only.
//
// Where labels go wrong by class and not by image, the odds that a label is wrong grow in proportion to the odds of the
// best other class against it. So the slope is 1 beforehand, and the intercept follows from a count of the errors.

export interface ErrorModel {
  readonly intercept: number;
  readonly slope: number;
  /** The uncertainty of both: the inverse of their covariance. */
  readonly precision: Symmetric;
}

/** A symmetric matrix of two rows. */
interface Symmetric {
  readonly a: number;
  readonly ab: number;
  readonly b: number;
}

/** A label that a person has looked at: the log odds of the best other class against it, and whether it was wrong. */
export interface Reviewed {
  readonly odds: number;
  readonly wrong: boolean;
}

/** Deviation of the logarithm of the counted errors (a factor of 1.35), besides that of a small count; and of the slope. */
const countDeviation = 0.3;
const slopeDeviation = 0.2;
/** A count of none does not mean that there are none. */
const fewestErrors = 0.5;

/** Before any verdict: a slope of 1, and as many wrong labels among these as were counted. */
export function errorPrior(images: Histogram, count: number): ErrorModel {
  const total = images.reduce((sum, number) => sum + number, 0);
  if (total === 0) return { intercept: -2, slope: 1, precision: { a: 1, ab: 0, b: 1 / slopeDeviation ** 2 } };
  // A count of more than half of the images has nothing to say.
  const errors = Math.min(Math.max(count, fewestErrors), total / 2);
  let [low, high] = [-60, 60];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (expectedOf(images, { intercept: middle, slope: 1 }).errors < errors) low = middle;
    else high = middle;
  }
  const { byIntercept, bySlope } = expectedOf(images, { intercept: low, slope: 1 });
  const [u, v] = [byIntercept / errors, bySlope / errors];
  const weight = 1 / (countDeviation ** 2 + 1 / Math.max(errors, 1));
  return {
    intercept: low,
    slope: 1,
    precision: { a: weight * u * u, ab: weight * u * v, b: weight * v * v + 1 / slopeDeviation ** 2 },
  };
}

/** After verdicts: the most probable model, by Newton's method, and its uncertainty (Laplace). */
export function learnErrors(prior: ErrorModel, reviewed: readonly Reviewed[]): ErrorModel {
  let { intercept, slope, precision } = prior;
  for (let iteration = 0; iteration < 25; iteration++) {
    const [da, db] = [intercept - prior.intercept, slope - prior.slope];
    let gradientA = -(prior.precision.a * da + prior.precision.ab * db);
    let gradientB = -(prior.precision.ab * da + prior.precision.b * db);
    let { a, ab, b } = prior.precision;
    for (const { odds, wrong } of reviewed) {
      const p = logistic(intercept + slope * odds);
      const error = Number(wrong) - p;
      gradientA += error;
      gradientB += error * odds;
      a += p * (1 - p);
      ab += p * (1 - p) * odds;
      b += p * (1 - p) * odds * odds;
    }
    precision = { a, ab, b };
    const step = solve(precision, gradientA, gradientB);
    // Far from the solution a full step may overshoot.
    const share = Math.min(1, 2 / Math.max(Math.abs(step[0]), Math.abs(step[1]), 1e-12));
    intercept += share * step[0];
    slope += share * step[1];
    if (Math.abs(step[0]) + Math.abs(step[1]) < 1e-8) break;
  }
  return { intercept, slope, precision };
}

/** How many of these labels are wrong, with the range that holds nine times in ten. */
export function estimateErrors(
  model: ErrorModel,
  images: Histogram,
): { errors: number; low: number; high: number } {
  const { errors, variance, byIntercept, bySlope } = expectedOf(images, model);
  if (errors === 0) return { errors: 0, low: 0, high: 0 };
  const [a, b] = solve(model.precision, byIntercept, bySlope);
  const deviation = Math.sqrt(variance + a * byIntercept + b * bySlope);
  // On the logarithm, so that it is not below zero; an estimate below one says "one or none".
  const factor = Math.exp((1.645 * deviation) / Math.max(errors, 1));
  return { errors, low: errors / factor, high: Math.max(errors, 1) * factor };
}

/** The probability that a label is wrong, by the bin of its odds. */
export function errorProbabilities({ intercept, slope }: ErrorModel): Float64Array {
  return Float64Array.from({ length: oddsBins }, (_, bin) => logistic(intercept + slope * oddsOf(bin)));
}

// Odds in bins: what is computed from a million images is computed from a thousand numbers.

const binsPerUnit = 20;
const highestOdds = 40;

export const oddsBins = 2 * highestOdds * binsPerUnit + 1;

/** Images by the bin of their odds. */
export type Histogram = Float64Array;

export function binOf(odds: number): number {
  return Math.round((Math.max(-highestOdds, Math.min(odds, highestOdds)) + highestOdds) * binsPerUnit);
}

const oddsOf = (bin: number): number => bin / binsPerUnit - highestOdds;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** The expected number, its variance were the model certain, and its derivatives. */
function expectedOf(images: Histogram, { intercept, slope }: Pick<ErrorModel, 'intercept' | 'slope'>) {
  const sum = { errors: 0, variance: 0, byIntercept: 0, bySlope: 0 };
  for (let bin = 0; bin < images.length; bin++) {
    const number = images[bin] ?? 0;
    if (number === 0) continue;
    const p = logistic(intercept + slope * oddsOf(bin));
    const variance = number * p * (1 - p);
    sum.errors += number * p;
    sum.variance += variance;
    sum.byIntercept += variance;
    sum.bySlope += variance * oddsOf(bin);
  }
  return sum;
}

function solve({ a, ab, b }: Symmetric, x: number, y: number): [number, number] {
  const determinant = a * b - ab * ab;
  return [(b * x - ab * y) / determinant, (a * y - ab * x) / determinant];
}
