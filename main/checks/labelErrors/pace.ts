// How a review goes: the share of verdicts that found a wrong label, and how quickly verdicts come.
import type { Verdict } from '../../../shared/domain.ts';

export interface Decided {
  readonly verdict: Verdict | null;
  readonly decidedAt: number | null;
}

const hitsShown = 50;
const fewestForRate = 10;
const fewestForPace = 5;
const minute = 60_000;
const paceOver = 5 * minute;
/** Nobody looks at one image for longer: it was a break. */
const longestLook = minute;

/** Whether the label was wrong; null where the verdict does not say. */
export function foundWrong(verdict: Verdict | null): boolean | null {
  switch (verdict) {
    case null:
    case 'unsure':
      return null;
    default:
      return verdict !== 'keep';
  }
}

/** Verdicts in the order in which they were given. */
export function inOrder<T extends Decided>(decided: Iterable<T>): T[] {
  return [...decided].toSorted((a, b) => (a.decidedAt ?? 0) - (b.decidedAt ?? 0));
}

/** True where the label was found wrong, for the last verdicts that say so, oldest first. */
export function recentHits(verdicts: readonly Decided[]): boolean[] {
  return verdicts.flatMap(({ verdict }) => foundWrong(verdict) ?? []).slice(-hitsShown);
}

export function hitRate(hits: readonly boolean[]): number | null {
  return hits.length < fewestForRate ? null : hits.filter(Boolean).length / hits.length;
}

/** Verdicts a minute over the last minutes that were spent on them. */
export function pace(verdicts: readonly Decided[]): number | null {
  if (verdicts.length < fewestForPace) return null;
  let spent = 0;
  let looks = 0;
  for (let i = verdicts.length - 1; i > 0 && spent < paceOver; i--) {
    const look = (verdicts[i]?.decidedAt ?? 0) - (verdicts[i - 1]?.decidedAt ?? 0);
    if (look > longestLook) continue;
    spent += look;
    looks += 1;
  }
  return spent === 0 ? null : looks / (spent / minute);
}
