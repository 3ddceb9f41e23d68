// Decisions in words, for the log, the undo button and the command line.
import type { ClassId, Decision, Label } from '../../shared/domain.ts';

/** "relabel rose/1.jpg as tulip", "keep 50 images". */
export function describeDecision(
  decision: Decision,
  paths: readonly string[],
  nameOf: (id: ClassId) => string,
): string {
  const [first = 'nothing'] = paths;
  const what = paths.length === 1 ? first : `${paths.length.toLocaleString('en')} images`;
  switch (decision.verdict) {
    case 'relabel':
      return `relabel ${what} as ${nameLabel(decision.label, nameOf)}`;
    case 'add':
      return `add ${nameOf(decision.class)} to ${what}`;
    case 'remove':
      return `take ${nameOf(decision.class)} from ${what}`;
    case 'unsure':
      return `mark ${what} as unsure`;
    case 'clear':
      return `clear the verdict of ${what}`;
    default:
      return `${decision.verdict} ${what}`;
  }
}

export function nameLabel(label: Label, nameOf: (id: ClassId) => string): string {
  return label.length === 0 ? 'no label' : label.map(nameOf).join('|');
}
