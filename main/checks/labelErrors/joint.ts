// How many labels are wrong, counted from out-of-sample probabilities alone: the confident joint of Northcutt, Jiang and
// Chuang (Confident Learning, 2021), as cleanlab counts it. Knows nothing of verdicts but which images to count.
import type { Scores } from '../../../shared/scores.ts';

export interface LabelErrors {
  /** Off the diagonal of the joint: images that are confidently of another class. Misses those that are of none. */
  readonly confident: number;
  /** The same with each row scaled to the number of images that carry the label. Tends to count too many. */
  readonly calibrated: number;
}

/** As in cleanlab: probabilities at the threshold, but for rounding, are confident. */
const tolerance = 1e-6;

/**
 * `labels`: the class of each row of the scores by its id; 0 where it has none or takes no part. The rows that are
 * `counted` are some of those. `highest`: no class has a higher id. Of the classes that were not given, only the suggested ones can be confident:
 * with nine suggestions the next has a probability below a tenth, and thresholds are higher.
 */
export function countLabelErrors(
  scores: Scores,
  labels: Int32Array,
  highest: number,
  isCounted: (row: number) => boolean,
): LabelErrors {
  const thresholds = meanProbabilities(scores, labels, highest);
  const classes = Array.from({ length: highest + 1 }, () => ({ images: 0, agreeing: 0, contradicting: 0 }));
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] ?? 0;
    const counts = classes[label];
    if (label === 0 || !counts || !isCounted(row)) continue;
    counts.images += 1;
    const best = confidentClass(scores, row, label, thresholds);
    if (best === label) counts.agreeing += 1;
    else if (best !== null) counts.contradicting += 1;
  }
  return {
    confident: sum(classes.map(({ contradicting }) => contradicting)),
    calibrated: sum(
      classes.map(
        ({ images, agreeing, contradicting }) =>
          (images * contradicting) / (Math.max(agreeing, 1) + contradicting),
      ),
    ),
  };
}

/** The mean probability of each class over the images that carry it. */
function meanProbabilities(scores: Scores, labels: Int32Array, highest: number): Float64Array {
  const sums = new Float64Array(highest + 1);
  const images = new Float64Array(highest + 1);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] ?? 0;
    if (label === 0) continue;
    sums[label] = (sums[label] ?? 0) + (scores.probability[row] ?? 0);
    images[label] = (images[label] ?? 0) + 1;
  }
  // A class that nobody carries has no threshold that could be reached.
  return sums.map((sum, k) => (images[k] === 0 ? Infinity : sum / (images[k] ?? 1)));
}

/** The most probable class where any is at its threshold; where only one is, that one. Null where none is. */
function confidentClass(
  { probability, suggestedClasses, suggestedProbabilities, perImage }: Scores,
  row: number,
  label: number,
  thresholds: Float64Array,
): number | null {
  const given = probability[row] ?? 0;
  let confident = given >= (thresholds[label] ?? Infinity) - tolerance ? 1 : 0;
  let only = label;
  const first = row * perImage;
  for (let s = first; s < first + perImage; s++) {
    const k = suggestedClasses[s] ?? 0;
    if (k === 0) break;
    if ((suggestedProbabilities[s] ?? 0) < (thresholds[k] ?? Infinity) - tolerance) continue;
    confident += 1;
    only = k;
  }
  if (confident === 0) return null;
  if (confident === 1) return only;
  return (suggestedProbabilities[first] ?? 0) > given ? (suggestedClasses[first] ?? label) : label;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
