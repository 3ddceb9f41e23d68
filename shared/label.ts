// What a decision makes of a label: the page shows it before the app has answered.
import type { Decision, Label } from './domain.ts';

/** The label under a decision other than `clear`: ascending, each class once. */
export function labelAfter(label: Label, decision: Decision): Label {
  switch (decision.verdict) {
    case 'relabel':
      return decision.label;
    case 'add':
      return [...new Set([...label, decision.class])].toSorted((a, b) => a - b);
    case 'remove':
      return label.filter((id) => id !== decision.class);
    default:
      return label;
  }
}
