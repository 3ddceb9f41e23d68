// What a decision makes of an image: the whole rule, for the store and for the page, which shows it before the app has
// answered.
import type { Decision, Label, Verdict } from './domain.ts';

/** How an image stands. */
export interface Standing {
  readonly label: Label;
  /** The label without any verdict: that of the data set, unless a change of classes made it another. */
  readonly base: Label;
  readonly verdict: Verdict | null;
}

/** Equal as sets: the order of classes says nothing. */
export function sameLabel(a: Label, b: Label): boolean {
  // Most labels are one class, and each re-ranking asks this of every image.
  if (a.length === 1 && b.length === 1) return a[0] === b[0];
  return tidy(a).join() === tidy(b).join();
}

/** `clear` takes the verdict back; a relabel to the label that the image has without one confirms it, and is a `keep`. */
export function standAfter({ label, base }: Standing, decision: Decision): Standing {
  switch (decision.verdict) {
    case 'clear':
      return settled({ label, base, verdict: null });
    case 'relabel':
      return settled({ label: tidy(decision.label), base, verdict: 'relabel' });
    case 'add':
      return settled({ label: tidy([...label, decision.class]), base, verdict: 'relabel' });
    case 'remove':
      return settled({ label: label.filter((id) => id !== decision.class), base, verdict: 'relabel' });
    case 'keep':
    case 'exclude':
    case 'unsure':
      return settled({ label, base, verdict: decision.verdict });
  }
}

/** Without a verdict the label is the base; a decided one is a `keep` where it agrees with that, else a `relabel`. */
export function settled<T extends Standing>(standing: T): T {
  switch (standing.verdict) {
    case null:
      return { ...standing, label: standing.base };
    case 'keep':
    case 'relabel':
      return { ...standing, verdict: sameLabel(standing.label, standing.base) ? 'keep' : 'relabel' };
    default:
      return standing;
  }
}

/** Ascending, each class once. */
const tidy = (label: Label): Label => [...new Set(label)].toSorted((a, b) => a - b);
