// What the ranking looks like as a whole: given against predicted classes, losses by class, and loss by rank.
import type { Insights } from '../../../shared/contract.ts';
import type { ClassId, Label, Verdict } from '../../../shared/domain.ts';
import { Indices } from '../../dataset/indices.ts';

export interface Ranked {
  readonly label: Label;
  readonly verdict: Verdict | null;
  /** Null where the image is not ranked, or has no label. */
  readonly loss: number | null;
  readonly predicted: ClassId | null;
}

const bins = 40;
const curvePoints = 400;

/** `worstFirst`: all images by descending loss. */
export function readInsights(worstFirst: readonly Ranked[], classes: readonly ClassId[]): Insights {
  const images = worstFirst.flatMap(({ label, verdict, loss, predicted }) =>
    loss === null || predicted === null || verdict === 'exclude' ? [] : [{ label, verdict, loss, predicted }],
  );
  const highest = images[0]?.loss ?? 0;
  const indexOf = new Indices(classes);
  const confusion = classes.map(() => zeros(classes.length));
  const histogram = classes.map((id) => ({ class: id, counts: zeros(bins) }));
  const reviewed = zeros(bins);
  for (const { label, verdict, loss, predicted } of images) {
    const bin = highest === 0 ? 0 : Math.min(bins - 1, Math.floor((loss / highest) * bins));
    if (verdict !== null) increment(reviewed, bin);
    for (const id of label) {
      const given = indexOf.get(id) ?? -1;
      increment(confusion[given] ?? [], indexOf.get(predicted) ?? -1);
      increment(histogram[given]?.counts ?? [], bin);
    }
  }
  return {
    classes,
    confusion,
    edges: Array.from({ length: bins + 1 }, (_, edge) => (highest * edge) / bins),
    histogram,
    reviewed,
    curve: thinned(images.map(({ loss }, place) => ({ rank: place + 1, loss }))),
  };
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

function increment(counts: number[], place: number): void {
  const count = counts[place];
  if (count !== undefined) counts[place] = count + 1;
}

/** The first, the last, and what lies evenly between them. */
function thinned<T>(points: readonly T[]): T[] {
  if (points.length <= curvePoints) return [...points];
  return Array.from(
    { length: curvePoints },
    (_, i) => points[Math.round((i * (points.length - 1)) / (curvePoints - 1))],
  ).filter((point) => point !== undefined);
}
