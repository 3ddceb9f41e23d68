// The ranking in use: what the model says of each image now, after the last training and all updates since. Lives in
// memory, in typed arrays; the runs in the store are its snapshots.
import type { ClassId, ImageId, RunId, Suggestion } from '../../shared/domain.ts';
import type { TrainScores } from '../learn/protocol.ts';
import type { Db } from '../store/open.ts';
import { flatScoresOf, scoresSize } from '../store/runs.ts';

export interface Ranking {
  readonly scores: TrainScores;
  /** Images and classes by the places that the scores know them by. */
  readonly images: readonly ImageId[];
  readonly classes: readonly ClassId[];
  readonly indexOf: ReadonlyMap<ImageId, number>;
  /** The version of the labels that the ranking knows. */
  readonly version: number;
}

export interface ImageScore {
  /** Null where the image has no label. */
  readonly loss: number | null;
  readonly probability: number | null;
  readonly predicted: ClassId;
  readonly suggestions: readonly Suggestion[];
}

export function createRanking(
  scores: TrainScores,
  images: readonly ImageId[],
  classes: readonly ClassId[],
  version: number,
): Ranking {
  return { scores, images, classes, version, indexOf: new Map(images.map((id, index) => [id, index])) };
}

/** Null where the ranking has no score of the image: it is new, or could not be read. */
export function scoreOf({ scores, classes, indexOf }: Ranking, image: ImageId): ImageScore | null {
  const index = indexOf.get(image) ?? -1;
  const predicted = classes[scores.predicted[index] ?? -1];
  if (predicted === undefined) return null;
  const suggestions: Suggestion[] = [];
  for (let s = index * scores.perImage; s < (index + 1) * scores.perImage; s++) {
    const id = classes[scores.suggestedClasses[s] ?? -1];
    if (id !== undefined) suggestions.push({ class: id, probability: scores.suggestedProbabilities[s] ?? 0 });
  }
  return {
    loss: known(scores.loss[index]),
    probability: known(scores.probability[index]),
    predicted,
    suggestions,
  };
}

/** The scores that a run stored, as a ranking; accuracy and mean loss are those of the run. */
export function rankingFromRun(
  db: Db,
  run: { readonly id: RunId; readonly version: number; readonly meanLoss: number; readonly accuracy: number },
  classes: readonly ClassId[],
): Ranking {
  const { images: count, perImage } = scoresSize(db, run.id);
  const indexOfClass = new Map(classes.map((id, index) => [id, index]));
  const scores: TrainScores = {
    loss: new Float32Array(count),
    probability: new Float32Array(count),
    predicted: new Int32Array(count),
    suggestedClasses: new Int32Array(count * perImage).fill(-1),
    suggestedProbabilities: new Float32Array(count * perImage),
    perImage,
    meanLoss: run.meanLoss,
    accuracy: run.accuracy,
  };
  const images: ImageId[] = [];
  for (const { image, loss, probability, predicted, suggestions } of flatScoresOf(db, run.id)) {
    const row = images.push(image) - 1;
    scores.loss[row] = loss ?? Number.NaN;
    scores.probability[row] = probability ?? Number.NaN;
    scores.predicted[row] = indexOfClass.get(predicted) ?? -1;
    for (let place = 0; 2 * place < suggestions.length; place++) {
      const id = suggestions[2 * place] as ClassId | undefined;
      scores.suggestedClasses[row * perImage + place] = id === undefined ? -1 : (indexOfClass.get(id) ?? -1);
      scores.suggestedProbabilities[row * perImage + place] = suggestions[2 * place + 1] ?? 0;
    }
  }
  return createRanking(scores, images, classes, run.version);
}

const known = (value = Number.NaN) => (Number.isNaN(value) ? null : value);
