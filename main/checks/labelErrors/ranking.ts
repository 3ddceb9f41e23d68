// The ranking in use: what the model says of each image now, after the last training and all updates since. Lives in
// memory; the runs in the store are its snapshots.
import type { ImageId } from '../../../shared/domain.ts';
import { scoreAt, type Score, type Scores } from '../../../shared/scores.ts';
import { Indices } from '../../dataset/indices.ts';

export interface Ranking {
  readonly scores: Scores;
  readonly rowOf: Indices<ImageId>;
  /** The version of the labels that the ranking knows. */
  readonly version: number;
}

export function createRanking(scores: Scores, version: number): Ranking {
  return { scores, version, rowOf: new Indices(scores.images) };
}

/** Null where the ranking has no score of the image: it is new, or could not be read. */
export function scoreOf({ scores, rowOf }: Ranking, image: ImageId): Score | null {
  const row = rowOf.get(image);
  return row === undefined ? null : scoreAt(scores, row);
}
