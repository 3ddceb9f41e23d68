// The ranking in use: what the model says of each image now, after the last training and all updates since. Lives in
// memory, in typed arrays; the runs in the store are its snapshots.
import type { ClassId, ImageId, RunId, Suggestion } from '../../../shared/domain.ts';
import type { TrainScores } from '../../trainer/protocol.ts';
import type { Db } from '../../store/open.ts';
import { scoreColumns } from '../../store/runs.ts';
import { Places } from '../../dataset/places.ts';

export interface Ranking {
  readonly scores: TrainScores;
  /** Images and classes by the places that the scores know them by. */
  readonly images: readonly ImageId[];
  readonly classes: readonly ClassId[];
  readonly indexOf: Places<ImageId>;
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
  return { scores, images, classes, version, indexOf: new Places(images) };
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
  const columns = scoreColumns(db, run.id);
  const placeOf = new Places<number>(classes);
  toPlaces(columns.predicted, placeOf);
  toPlaces(columns.suggestedClasses, placeOf);
  const scores: TrainScores = {
    loss: columns.loss,
    probability: columns.probability,
    predicted: columns.predicted,
    suggestedClasses: columns.suggestedClasses,
    suggestedProbabilities: columns.suggestedProbabilities,
    perImage: columns.perImage,
    meanLoss: run.meanLoss,
    accuracy: run.accuracy,
  };
  return createRanking(scores, Array.from(columns.images) as ImageId[], classes, run.version);
}

/** Class ids become places, where they are: there may be millions. */
function toPlaces(ids: Int32Array, placeOf: Places<number>): void {
  for (let i = 0; i < ids.length; i += 1) ids[i] = placeOf.get(ids[i] ?? -1) ?? -1;
}

const known = (value = Number.NaN) => (Number.isNaN(value) ? null : value);
