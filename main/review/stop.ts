// When to stop: how many wrong labels remain among the images that nobody has looked at, and how far down the queue it
// is still worth to look. The ranking says what is to be expected, the verdicts say how right that is.
import type { StopSignal } from '../../shared/contract.ts';
import type { Label } from '../../shared/domain.ts';
import { sameLabel } from '../store/labels.ts';
import { errorPrior, estimateErrors, learnErrors, logistic, type ErrorModel } from './errorModel.ts';
import { countLabelErrors } from './joint.ts';
import { foundWrong, hitRate, inOrder, pace, recentHits, type Decided } from './pace.ts';
import type { Ranking } from './ranking.ts';

export interface Suspect extends Decided {
  readonly loss: number | null;
  /** Log odds of the best other class against the label that the image has without a verdict; null: not ranked. */
  readonly odds: number | null;
}

/** What the ranking alone says: made once a ranking. */
export function expectErrors(
  ranking: Ranking,
  items: readonly (Suspect & { readonly id: Ranking['images'][number]; readonly label: Label })[],
  multiLabel: boolean,
): ErrorModel {
  const unreviewed = items.flatMap(({ verdict, odds }) => (verdict === null && odds !== null ? [odds] : []));
  if (multiLabel) {
    // The joint is about one class an image. Here, the images whose best other set of classes is more probable.
    return errorPrior(unreviewed, unreviewed.filter((odds) => odds > 0).length);
  }
  const { scores, indexOf, classes } = ranking;
  const placeOf = new Map(classes.map((id, place) => [id, place]));
  const labels = new Int32Array(ranking.images.length).fill(-1);
  const counted = new Uint8Array(ranking.images.length);
  for (const { id, label, verdict } of items) {
    const image = indexOf.get(id);
    const [first] = label;
    if (image === undefined || first === undefined || verdict === 'exclude') continue;
    labels[image] = placeOf.get(first) ?? -1;
    counted[image] = verdict === null ? 1 : 0;
  }
  const { confident, calibrated } = countLabelErrors(
    scores,
    labels,
    classes.length,
    (image) => counted[image] === 1,
  );
  // One tends to be too low, the other too high.
  return errorPrior(unreviewed, Math.sqrt(confident * calibrated));
}

/** `worstFirst`: all images by descending loss; `decided`: those of them that have a verdict. */
export function stopSignal(
  prior: ErrorModel,
  worstFirst: readonly Suspect[],
  decided: Iterable<Suspect>,
): StopSignal {
  const verdicts = inOrder(decided);
  const model = learnErrors(
    prior,
    verdicts.flatMap(({ verdict, odds }) => {
      const wrong = foundWrong(verdict);
      return wrong === null || odds === null ? [] : [{ odds, wrong }];
    }),
  );
  const { errors, low, high } = estimateErrors(model, oddsLeft(worstFirst));
  return {
    errorsLeft: errors,
    low,
    high,
    hitRate: hitRate(recentHits(verdicts)),
    pace: pace(verdicts),
    worthwhile: worthwhile(model, worstFirst),
  };
}

function* oddsLeft(images: readonly Suspect[]): Generator<number> {
  for (const { verdict, odds } of images) if (verdict === null && odds !== null) yield odds;
}

/** The rank down to which wrong labels outnumber right ones most; past it, on any stretch, most labels are right. */
function worthwhile({ intercept, slope }: ErrorModel, worstFirst: readonly Suspect[]): number | null {
  let rank = 0;
  let surplus = 0;
  let most = 0;
  let best: number | null = null;
  for (const { loss, verdict, odds } of worstFirst) {
    if (loss === null || verdict === 'exclude') continue;
    rank += 1;
    if (verdict !== null || odds === null) continue;
    best ??= 0;
    surplus += logistic(intercept + slope * odds) - 0.5;
    if (surplus <= most) continue;
    most = surplus;
    best = rank;
  }
  return best;
}

/**
 * Log odds of the best other class against a label, from what the ranking says of the image with the label that it has
 * now. A class that is not among the suggestions is as good as the last of them.
 */
export function oddsAgainst(ranking: Ranking, image: number, now: Label, label: Label, multiLabel: boolean) {
  const { loss, suggestedClasses, suggestedProbabilities, perImage } = ranking.scores;
  const ofNow = -(loss[image] ?? Number.NaN);
  if (Number.isNaN(ofNow) || label.length === 0) return null;
  const same = sameLabel(now, label);
  // Of several classes the loss is that of the whole set: against it stands any other.
  if (multiLabel) return same ? bounded(Math.log(-Math.expm1(ofNow)) - ofNow) : null;
  const first = image * perImage;
  if (same) return bounded(Math.log(suggestedProbabilities[first] ?? 0) - ofNow);
  let ofLabel = -Infinity;
  let ofBest = ofNow;
  for (let place = first; place < first + perImage; place++) {
    const p = Math.log(suggestedProbabilities[place] ?? 0);
    if (ranking.classes[suggestedClasses[place] ?? -1] === label[0]) ofLabel = p;
    else ofBest = Math.max(ofBest, p);
  }
  if (ofLabel === -Infinity) ofLabel = Math.log(suggestedProbabilities[first + perImage - 1] ?? 0);
  return bounded(ofBest - ofLabel);
}

/** Probabilities that vanish in single precision give no infinite odds. */
const bounded = (odds: number) => Math.max(-40, Math.min(odds, 40));
