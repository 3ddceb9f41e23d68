// Learning rate and momentum over a training: fastai's one-cycle and the two phases of its fine_tune
// (fastai/callback/schedule.py; Smith 2018, arXiv 1803.09820). Numbers only: knows of no network.

/** One run through the one-cycle schedule. */
export interface Phase {
  readonly epochs: number;
  /** Only the head is trained, and the batch norms of the body, as fastai does it (`train_bn`). */
  readonly frozen: boolean;
  /** The highest rate of each layer group, input side first. */
  readonly rates: readonly number[];
  /** Share of the steps in which the rate rises. */
  readonly rise: number;
  /** The first rate is the highest divided by this. */
  readonly startDivisor: number;
}

/** What the optimiser is to do at one step. */
export interface StepRates {
  /** One a layer group. */
  readonly rates: readonly number[];
  readonly momentum: number;
}

const endDivisor = 1e5;
const momenta = [0.95, 0.85, 0.95] as const;

/** Half a wave of the cosine from `start` to `end`; `position` is in [0, 1]. fastai's `sched_cos`. */
export const cosine = (start: number, end: number, position: number) =>
  start + ((1 + Math.cos(Math.PI * (1 - position))) * (end - start)) / 2;

/** fastai's `sched_exp`. */
export const exponential = (start: number, end: number, position: number) =>
  start * (end / start) ** position;

/** fastai's `combined_cos`: to `middle` until `share` of the way, and on to `end`. */
export function combinedCosine(share: number, start: number, middle: number, end: number, position: number) {
  return position < share
    ? cosine(start, middle, position / share)
    : cosine(middle, end, (position - share) / (1 - share));
}

/** @param position how much of the phase is done, in [0, 1): step / steps. */
export function ratesAt({ rates, rise, startDivisor }: Phase, position: number): StepRates {
  return {
    rates: rates.map((rate) => combinedCosine(rise, rate / startDivisor, rate, rate / endDivisor, position)),
    momentum: combinedCosine(rise, ...momenta, position),
  };
}

/** Rates that grow from group to group by the same factor. fastai's `even_mults`. */
export function geometric(first: number, last: number, groups: number): number[] {
  if (groups === 1) return [last];
  const factor = (last / first) ** (1 / (groups - 1));
  return Array.from({ length: groups }, (_, group) => first * factor ** group);
}

/** A highest rate for all groups, or the rates of the first group and the last. */
export type RateChoice = number | readonly [first: number, last: number];

export interface PhaseOptions {
  readonly freezeEpochs: number;
  readonly epochs: number;
  readonly rate: RateChoice;
  /** Layer groups of the network. */
  readonly groups: number;
  readonly pretrained: boolean;
}

/** fastai's default for `fine_tune`. */
export const defaultRate = 2e-3;
const bodyDivisor = 100;

/**
 * The phases of fastai's `fine_tune` for a pretrained body: the head alone, then everything with discriminative rates.
 * A range of rates is that of the second phase; the first then keeps the default. Without pretrained weights there is
 * nothing to keep: one cycle over all (`fit_one_cycle`).
 */
export function planPhases({ freezeEpochs, epochs, rate, groups, pretrained }: PhaseOptions): Phase[] {
  const [first, last] = typeof rate === 'number' ? [null, rate] : rate;
  if (!pretrained) {
    const rates = first === null ? Array<number>(groups).fill(last) : geometric(first, last, groups);
    return [{ epochs: freezeEpochs + epochs, frozen: false, rates, rise: 0.25, startDivisor: 25 }];
  }
  const base = first === null ? last : defaultRate;
  // A single rate is a tenth of it for all groups but the last: fastai's slice(base_lr).
  const frozenRates = Array.from({ length: groups }, (_, group) => (group === groups - 1 ? base : base / 10));
  const unfrozen =
    first === null ? geometric(last / 2 / bodyDivisor, last / 2, groups) : geometric(first, last, groups);
  return [
    { epochs: freezeEpochs, frozen: true, rates: frozenRates, rise: 0.99, startDivisor: 25 },
    { epochs, frozen: false, rates: unfrozen, rise: 0.3, startDivisor: 5 },
  ].filter((phase) => phase.epochs > 0);
}
