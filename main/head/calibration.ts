// From predictions of the regression to probabilities: a slope (one over the softmax temperature) and, where an
// image may have several classes, an offset. Both are those with the lowest log loss on leave-one-out predictions.
import { fittedClasses } from './labels.ts';
import { predictLeftOut, type Predictions } from './predictions.ts';

/** Keeps Newton's step finite where all predictions are the same. */
const leastCurvature = 1e-12;

export interface Calibration {
  readonly slope: number;
  /** 0 for the softmax, to which it makes no difference. */
  readonly offset: number;
}

/** Fills in the probabilities and returns a number from which the log loss follows: it minus the logits of the label. */
type Link = (logits: Float64Array, probabilities: Float64Array) => number;

/** One class an image: probabilities that sum to 1. */
const softmax: Link = (logits, probabilities) => {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const weight = Math.exp((logits[k] ?? 0) - largest);
    probabilities[k] = weight;
    sum += weight;
  }
  for (let k = 0; k < logits.length; k++) probabilities[k] = (probabilities[k] ?? 0) / sum;
  return largest + Math.log(sum);
};

/** Any number of classes an image: a probability for each by itself. */
const sigmoids: Link = (logits, probabilities) => {
  let partition = 0;
  for (let k = 0; k < logits.length; k++) {
    const logit = logits[k] ?? 0;
    const smaller = Math.exp(-Math.abs(logit));
    probabilities[k] = (logit > 0 ? 1 : smaller) / (1 + smaller);
    partition += Math.max(logit, 0) + Math.log1p(smaller);
  }
  return partition;
};

/** Turns predictions for one image into logits in place, fills in the probabilities and returns the loss of the label. */
export function logLoss(
  predictions: Float64Array,
  label: readonly number[],
  { slope, offset }: Calibration,
  multiLabel: boolean,
  probabilities: Float64Array,
): number {
  for (let k = 0; k < predictions.length; k++) predictions[k] = slope * (predictions[k] ?? 0) + offset;
  let loss = (multiLabel ? sigmoids : softmax)(predictions, probabilities);
  for (const k of label) loss -= predictions[k] ?? 0;
  // Rounding may leave a certain label a hair below zero.
  return Math.max(loss, 0);
}

/** Newton's method: the loss is convex. Steps that do not improve are halved, so the slope stays positive. */
export function calibrate(
  predictions: Predictions,
  multiLabel: boolean,
): Calibration & { readonly loss: number } {
  let calibration: Calibration = { slope: 1, offset: 0 };
  let now = derivatives(predictions, calibration, multiLabel);
  for (let iteration = 0; iteration < 50; iteration++) {
    const determinant = now.slope2 * now.offset2 - now.mixed ** 2;
    const slopeStep = (now.offset2 * now.slope1 - now.mixed * now.offset1) / determinant;
    const offsetStep = (now.slope2 * now.offset1 - now.mixed * now.slope1) / determinant;
    let share = 1;
    let next: Calibration;
    let after: Derivatives;
    do {
      next = {
        slope: calibration.slope - share * slopeStep,
        offset: calibration.offset - share * offsetStep,
      };
      after = next.slope > 0 ? derivatives(predictions, next, multiLabel) : { ...now, loss: Infinity };
      share /= 2;
    } while (!(after.loss <= now.loss) && share > 1e-6);
    if (!(now.loss - after.loss > 1e-10)) break;
    calibration = next;
    now = after;
  }
  return { ...calibration, loss: now.loss };
}

/** The mean loss with its first and second derivatives. */
interface Derivatives {
  readonly loss: number;
  readonly slope1: number;
  readonly offset1: number;
  readonly slope2: number;
  readonly mixed: number;
  readonly offset2: number;
}

function derivatives(predictions: Predictions, calibration: Calibration, multiLabel: boolean): Derivatives {
  const f = new Float64Array(predictions.fitted.columns);
  const logits = new Float64Array(f.length);
  const p = new Float64Array(f.length);
  const sum = { loss: 0, slope1: 0, offset1: 0, slope2: 0, mixed: 0, offset2: 0 };
  let images = 0;
  for (const [row, label] of predictions.labels.entries()) {
    const classes = fittedClasses(label);
    if (classes.length === 0) continue;
    images += 1;
    predictLeftOut(predictions, row, f);
    logits.set(f);
    sum.loss += logLoss(logits, classes, calibration, multiLabel, p);
    let mean = 0;
    for (let k = 0; k < f.length; k++) {
      const fk = f[k] ?? 0;
      const pk = p[k] ?? 0;
      const weight = multiLabel ? pk * (1 - pk) : pk;
      mean += pk * fk;
      sum.slope2 += weight * fk * fk;
      sum.mixed += weight * fk;
      sum.offset2 += weight;
      sum.offset1 += pk;
    }
    sum.slope1 += mean;
    for (const k of classes) sum.slope1 -= f[k] ?? 0;
    sum.offset1 -= classes.length;
    if (!multiLabel) sum.slope2 -= mean * mean;
  }
  const result = {
    loss: sum.loss / images,
    slope1: sum.slope1 / images,
    offset1: sum.offset1 / images,
    slope2: sum.slope2 / images + leastCurvature,
    mixed: sum.mixed / images,
    offset2: sum.offset2 / images + leastCurvature,
  };
  // The softmax is the same under any offset.
  return multiLabel ? result : { ...result, offset1: 0, mixed: 0, offset2: 1 };
}
