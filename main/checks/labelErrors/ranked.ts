// The ranking as a list: every labelled image that is not excluded, worst first.
import type { ClassId, RunId, Suggestion, Verdict } from '../../../shared/domain.ts';
import { allImages } from '../../store/images.ts';
import { allClasses, allStandings } from '../../labels/labels.ts';
import type { Db } from '../../store/open.ts';
import { readScores } from '../../store/runs.ts';
import { eachScore } from '../../../shared/scores.ts';

export interface RankedImage {
  /** From 1. */
  readonly rank: number;
  readonly path: string;
  /** The classes that the image is labelled with. */
  readonly label: readonly string[];
  readonly predicted: string;
  /** Cross-entropy of the label in nats, out of sample. */
  readonly loss: number;
  readonly probability: number;
  /** The best other classes, best first. */
  readonly suggestions: readonly { readonly label: string; readonly probability: number }[];
  readonly verdict: Verdict | null;
}

/** By descending loss; images of equal loss in the order of their paths. */
export function rankedImages(db: Db, run: RunId): RankedImage[] {
  const names = new Map<ClassId, string>(allClasses(db).map(({ id, name }) => [id, name]));
  const nameOf = (id: ClassId) => names.get(id) ?? `class ${id}`;
  const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
  const images = new Map(
    allImages(db)
      .filter(({ reason, missing }) => reason === null && !missing)
      .map((image) => [image.id, image]),
  );
  const suggest = ({ class: id, probability }: Suggestion) => ({ label: nameOf(id), probability });
  return [...eachScore(readScores(db, run))]
    .flatMap(({ image, loss, probability, predicted, suggestions }) => {
      const row = images.get(image);
      const standing = standings.get(image);
      if (!row || !standing || loss === null || probability === null || standing.verdict === 'exclude')
        return [];
      return {
        rank: 0,
        path: row.path,
        label: standing.label.map(nameOf),
        predicted: nameOf(predicted),
        loss,
        probability,
        suggestions: suggestions.map(suggest),
        verdict: standing.verdict,
      };
    })
    .toSorted((a, b) => b.loss - a.loss || (a.path < b.path ? -1 : 1))
    .map((image, index) => ({ ...image, rank: index + 1 }));
}
