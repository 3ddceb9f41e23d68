// A head's scores by the ids of images and classes, as everyone outside the trainer knows them.
import type { ClassId, ImageId } from '../../shared/domain.ts';
import type { Scores } from '../../shared/scores.ts';
import type { RowScores } from './scores.ts';

/** `images`: one a row. The columns stay where they are: they are taken over. */
export function nameScores(
  { loss, probability, predicted, perImage, suggestedClasses, suggestedProbabilities }: RowScores,
  images: readonly ImageId[],
  classes: readonly ClassId[],
): Scores {
  for (const column of [predicted, suggestedClasses])
    for (let i = 0; i < column.length; i++) column[i] = classes[column[i] ?? -1] ?? 0;
  return {
    images: Int32Array.from(images),
    loss,
    probability,
    predicted,
    perImage,
    suggestedClasses,
    suggestedProbabilities,
  };
}
