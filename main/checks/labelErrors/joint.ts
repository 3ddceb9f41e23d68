// How many labels are wrong, counted from out-of-sample probabilities alone: the confident joint of Northcutt, Jiang and
// Chuang (Confident Learning, 2021), as cleanlab counts it. Knows nothing of verdicts but which images to count.
import type { TrainScores } from '../../trainer/protocol.ts';

export interface LabelErrors {
  /** Off the diagonal of the joint: images that are confidently of another class. Misses those that are of none. */
  readonly confident: number;
  /** The same with each row scaled to the number of images that carry the label. Tends to count too many. */
  readonly calibrated: number;
}

/** As in cleanlab: probabilities at the threshold, but for rounding, are confident. */
const tolerance = 1e-6;

/**
 * `labels`: the class of each image by its index; -1 where it has none or takes no part. The images that are
 * `counted` are some of those. Of the classes that were not given, only the suggested ones can be confident:
 * with nine suggestions the next has a probability below a tenth, and thresholds are higher.
 */
export function countLabelErrors(
  scores: TrainScores,
  labels: Int32Array,
  classes: number,
  isCounted: (image: number) => boolean,
): LabelErrors {
  const thresholds = meanProbabilities(scores, labels, classes);
  const rows = Array.from({ length: classes }, () => ({ images: 0, agreeing: 0, contradicting: 0 }));
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image] ?? -1;
    const row = rows[label];
    if (!row || !isCounted(image)) continue;
    row.images += 1;
    const best = confidentClass(scores, image, label, thresholds);
    if (best === label) row.agreeing += 1;
    else if (best !== null) row.contradicting += 1;
  }
  return {
    confident: sum(rows.map(({ contradicting }) => contradicting)),
    calibrated: sum(
      rows.map(
        ({ images, agreeing, contradicting }) =>
          (images * contradicting) / (Math.max(agreeing, 1) + contradicting),
      ),
    ),
  };
}

/** The mean probability of each class over the images that carry it. */
function meanProbabilities(scores: TrainScores, labels: Int32Array, classes: number): Float64Array {
  const sums = new Float64Array(classes);
  const images = new Float64Array(classes);
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image] ?? -1;
    if (label < 0) continue;
    sums[label] = (sums[label] ?? 0) + (scores.probability[image] ?? 0);
    images[label] = (images[label] ?? 0) + 1;
  }
  // A class that nobody carries has no threshold that could be reached.
  return sums.map((sum, k) => (images[k] === 0 ? Infinity : sum / (images[k] ?? 1)));
}

/** The most probable class where any is at its threshold; where only one is, that one. Null where none is. */
function confidentClass(
  { probability, suggestedClasses, suggestedProbabilities, perImage }: TrainScores,
  image: number,
  label: number,
  thresholds: Float64Array,
): number | null {
  const given = probability[image] ?? 0;
  let confident = given >= (thresholds[label] ?? Infinity) - tolerance ? 1 : 0;
  let only = label;
  for (let place = image * perImage; place < (image + 1) * perImage; place++) {
    const k = suggestedClasses[place] ?? -1;
    if (k === -1) break;
    if ((suggestedProbabilities[place] ?? 0) < (thresholds[k] ?? Infinity) - tolerance) continue;
    confident += 1;
    only = k;
  }
  if (confident === 0) return null;
  if (confident === 1) return only;
  const first = image * perImage;
  return (suggestedProbabilities[first] ?? 0) > given ? (suggestedClasses[first] ?? label) : label;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
