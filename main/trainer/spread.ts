// The scores of those images that could be read, over all images of a request.
import type { Scores } from '../head/scores.ts';
import type { TrainScores } from './protocol.ts';

/** @param rows the image of each score; others have NaN, -1 and no suggestions. */
export function spreadScores(
  { loss, probability, predicted, suggestions, meanLoss, accuracy }: Scores,
  rows: readonly number[],
  images: number,
): TrainScores {
  const { perImage } = suggestions;
  const spread: TrainScores = {
    loss: new Float32Array(images).fill(Number.NaN),
    probability: new Float32Array(images).fill(Number.NaN),
    predicted: new Int32Array(images).fill(-1),
    suggestedClasses: new Int32Array(images * perImage).fill(-1),
    suggestedProbabilities: new Float32Array(images * perImage),
    perImage,
    meanLoss,
    accuracy,
  };
  rows.forEach((image, row) => {
    spread.loss[image] = loss[row] ?? Number.NaN;
    spread.probability[image] = probability[row] ?? Number.NaN;
    spread.predicted[image] = predicted[row] ?? -1;
    const places = [row * perImage, (row + 1) * perImage] as const;
    spread.suggestedClasses.set(suggestions.classes.subarray(...places), image * perImage);
    spread.suggestedProbabilities.set(suggestions.probabilities.subarray(...places), image * perImage);
  });
  return spread;
}
