// Losses, probabilities and suggestions for all images, each by the model that never saw the image.
import type { Scores } from '../../shared/scores.ts';
import { logLoss, type Calibration } from './calibration.ts';
import { fittedClasses } from './labels.ts';
import { predictLeftOut, type Predictions } from './predictions.ts';

const mostSuggestions = 9;

/** Scores by the head's rows; classes are known by their index, and -1 stands where there are fewer suggestions. */
export interface RowScores extends Omit<Scores, 'images'> {
  /** Of the images that the model learns from: the mean loss, and the share whose best class was given. */
  readonly meanLoss: number;
  readonly accuracy: number;
}

export function score(predictions: Predictions, calibration: Calibration, multiLabel: boolean): RowScores {
  const { labels, fitted } = predictions;
  const perImage = Math.min(mostSuggestions, fitted.columns);
  const loss = new Float32Array(fitted.rows).fill(NaN);
  const probability = new Float32Array(fitted.rows).fill(NaN);
  const predicted = new Int32Array(fitted.rows);
  const suggestedClasses = new Int32Array(fitted.rows * perImage);
  const suggestedProbabilities = new Float32Array(fitted.rows * perImage);
  const values = new Float64Array(fitted.columns);
  const p = new Float64Array(fitted.columns);
  const places = new Int32Array(perImage);
  let lossSum = 0;
  let right = 0;
  let images = 0;
  for (const [row, label] of labels.entries()) {
    predictLeftOut(predictions, row, values);
    const ofLabel = logLoss(values, label.classes, calibration, multiLabel, p);
    const best = argmax(values);
    predicted[row] = best;
    if (label.classes.length > 0) {
      loss[row] = ofLabel;
      probability[row] = Math.exp(-ofLabel);
    }
    if (fittedClasses(label).length > 0) {
      lossSum += ofLabel;
      if (label.classes.includes(best)) right += 1;
      images += 1;
    }
    for (const k of label.classes) values[k] = -Infinity;
    fillBest(values, places);
    suggestedClasses.set(places, row * perImage);
    for (let place = 0; place < perImage; place++)
      suggestedProbabilities[row * perImage + place] = p[places[place] ?? -1] ?? 0;
  }
  return {
    loss,
    probability,
    predicted,
    perImage,
    suggestedClasses,
    suggestedProbabilities,
    meanLoss: lossSum / images,
    accuracy: right / images,
  };
}

/** The first of the largest. */
function argmax(values: Float64Array): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if ((values[k] ?? 0) > (values[best] ?? 0)) best = k;
  return best;
}

/** Fills the places with the indices of the largest finite values, largest first, of equal ones the first; then with -1. */
function fillBest(values: Float64Array, places: Int32Array): void {
  places.fill(-1);
  let filled = 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k] ?? 0;
    const last = places[places.length - 1] ?? 0;
    if (value === -Infinity || (filled === places.length && value <= (values[last] ?? 0))) continue;
    let place = Math.min(filled, places.length - 1);
    for (; place > 0 && value > (values[places[place - 1] ?? 0] ?? 0); place--)
      places[place] = places[place - 1] ?? 0;
    places[place] = k;
    if (filled < places.length) filled += 1;
  }
}
