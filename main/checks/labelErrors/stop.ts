// When to stop: how many wrong labels remain among the images that nobody has looked at, and how far down the queue it
// is still worth to look. The ranking says what is to be expected, the verdicts say how right that is.
import type { StopSignal } from '../../../shared/contract.ts';
import type { ImageId, Label } from '../../../shared/domain.ts';
import { sameLabel } from '../../../shared/label.ts';
import {
  binOf,
  errorPrior,
  errorProbabilities,
  estimateErrors,
  learnErrors,
  oddsBins,
  type ErrorModel,
  type Histogram,
} from './errorModel.ts';
import { countLabelErrors } from './joint.ts';
import { foundWrong, hitRate, inOrder, pace, recentHits, type Decided } from './pace.ts';
import type { Ranking } from './ranking.ts';
import type { Scores } from '../../../shared/scores.ts';

export interface Suspect extends Decided {
  readonly id: ImageId;
  readonly label: Label;
  /** Null where it is not ranked, or excluded. */
  readonly rank: number | null;
  /** Log odds of the best other class against the label that the image has without a verdict; null: not known. */
  readonly odds: number | null;
}

/** What has still to be looked at: made once a ranking, kept in step with each verdict. */
export class Outlook {
  readonly #prior: ErrorModel;
  /** By rank: the bin of the image's odds; -1 where there is nothing to look at. */
  readonly #bins: Int16Array;

  constructor(ranking: Ranking, images: readonly Suspect[], multiLabel: boolean) {
    this.#bins = new Int16Array(images.length).fill(-1);
    for (const image of images) this.follow(image);
    this.#prior = errorPrior(this.#histogram(), countErrors(ranking, images, multiLabel));
  }

  /** Takes over the verdict of an image. */
  follow({ rank, verdict, odds }: Suspect): void {
    if (rank !== null) this.#bins[rank - 1] = verdict === null && odds !== null ? binOf(odds) : -1;
  }

  /** `decided`: the images that have a verdict. */
  signal(decided: Iterable<Suspect>): StopSignal {
    const verdicts = inOrder(decided);
    const model = learnErrors(
      this.#prior,
      verdicts.flatMap(({ verdict, odds }) => {
        const wrong = foundWrong(verdict);
        return wrong === null || odds === null ? [] : [{ odds, wrong }];
      }),
    );
    const { errors, low, high } = estimateErrors(model, this.#histogram());
    return {
      errorsLeft: errors,
      low,
      high,
      hitRate: hitRate(recentHits(verdicts)),
      pace: pace(verdicts),
      worthwhile: this.#worthwhile(model),
    };
  }

  #histogram(): Histogram {
    const images = new Float64Array(oddsBins);
    for (const bin of this.#bins) if (bin >= 0) images[bin] = (images[bin] ?? 0) + 1;
    return images;
  }

  /** The rank down to which wrong labels outnumber right ones most: past it, however far, most labels are right. */
  #worthwhile(model: ErrorModel): number | null {
    const wrong = errorProbabilities(model);
    let rank = 0;
    let surplus = 0;
    let most = 0;
    let best: number | null = null;
    for (const bin of this.#bins) {
      rank += 1;
      if (bin < 0) continue;
      best ??= 0;
      surplus += (wrong[bin] ?? 0) - 0.5;
      if (surplus <= most) continue;
      most = surplus;
      best = rank;
    }
    return best;
  }
}

/** How many wrong labels the ranking alone lets one expect among the images without a verdict. */
function countErrors(ranking: Ranking, images: readonly Suspect[], multiLabel: boolean): number {
  if (multiLabel) {
    // The joint is about one class an image. Here: where another set of classes is more probable than the given one.
    return images.filter(({ verdict, odds }) => verdict === null && odds !== null && odds > 0).length;
  }
  const { scores, rowOf } = ranking;
  const labels = new Int32Array(scores.images.length);
  const counted = new Uint8Array(scores.images.length);
  let highest = 0;
  for (const { id, label, verdict } of images) {
    const row = rowOf.get(id);
    const [first] = label;
    if (row === undefined || first === undefined || verdict === 'exclude') continue;
    labels[row] = first;
    highest = Math.max(highest, first);
    counted[row] = verdict === null ? 1 : 0;
  }
  const isCounted = (row: number) => counted[row] === 1;
  const { confident, calibrated } = countLabelErrors(scores, labels, highest, isCounted);
  // One tends to be too low, the other too high.
  return Math.sqrt(confident * calibrated);
}

/**
 * Log odds of the best other class against a label, from what the scores say of a row's image with the label that it has
 * now. A class that is not among the suggestions is as good as the last of them.
 */
export function oddsAgainst(scores: Scores, row: number, now: Label, label: Label, multiLabel: boolean) {
  const { loss, suggestedClasses, suggestedProbabilities, perImage } = scores;
  const ofNow = -(loss[row] ?? Number.NaN);
  if (Number.isNaN(ofNow) || label.length === 0) return null;
  const same = sameLabel(now, label);
  // Of several classes the loss is that of the whole set: against it stands any other.
  if (multiLabel) return same ? bounded(Math.log(-Math.expm1(ofNow)) - ofNow) : null;
  const first = row * perImage;
  if (same) return bounded(Math.log(suggestedProbabilities[first] ?? 0) - ofNow);
  let ofLabel = -Infinity;
  let ofBest = ofNow;
  for (let s = first; s < first + perImage; s++) {
    const p = Math.log(suggestedProbabilities[s] ?? 0);
    if (suggestedClasses[s] === label[0]) ofLabel = p;
    else ofBest = Math.max(ofBest, p);
  }
  if (ofLabel === -Infinity) ofLabel = Math.log(suggestedProbabilities[first + perImage - 1] ?? 0);
  return bounded(ofBest - ofLabel);
}

/** Probabilities that vanish in single precision give no infinite odds. */
const bounded = (odds: number) => Math.max(-40, Math.min(odds, 40));
