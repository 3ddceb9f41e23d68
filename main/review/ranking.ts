// The ranking in use: what the model says of each image now, after the last training and all updates since. Lives in
// memory, in typed arrays; the runs in the store are its snapshots.
import type { ClassId, ImageId, RunId, Suggestion } from '../../shared/domain.ts';
import type { TrainScores } from '../learn/protocol.ts';
import type { Db } from '../store/open.ts';
import { scoresOf } from '../store/runs.ts';

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
  const rows = [...scoresOf(db, run.id)];
  const perImage = rows.reduce((most, { suggestions }) => Math.max(most, suggestions.length), 0);
  const indexOfClass = new Map(classes.map((id, index) => [id, index]));
  const scores: TrainScores = {
    loss: Float32Array.from(rows, ({ loss }) => loss ?? Number.NaN),
    probability: Float32Array.from(rows, ({ probability }) => probability ?? Number.NaN),
    predicted: Int32Array.from(rows, ({ predicted }) => indexOfClass.get(predicted) ?? -1),
    suggestedClasses: new Int32Array(rows.length * perImage).fill(-1),
    suggestedProbabilities: new Float32Array(rows.length * perImage),
    perImage,
    meanLoss: run.meanLoss,
    accuracy: run.accuracy,
  };
  rows.forEach(({ suggestions }, row) =>
    suggestions.forEach(({ class: id, probability }, place) => {
      scores.suggestedClasses[row * perImage + place] = indexOfClass.get(id) ?? -1;
      scores.suggestedProbabilities[row * perImage + place] = probability;
    }),
  );
  return createRanking(
    scores,
    rows.map(({ image }) => image),
    classes,
    run.version,
  );
}

const known = (value = Number.NaN) => (Number.isNaN(value) ? null : value);
