// How the page calls what the checks find.
import type { FindingKind } from '../../shared/findings.ts';

export const findingNames: Readonly<Record<FindingKind, string>> = {
  'label-error': 'Suspicious labels',
  'exact-copy': 'Exact copies',
  'odd-size': 'Odd sizes',
};

export const findingTitles: Readonly<Record<FindingKind, string>> = {
  'label-error': 'Images that look more like another class, and that nobody has looked at',
  'exact-copy': 'Images whose bytes are in another file of the set too',
  'odd-size': 'Images far smaller than the others of the set, or far longer than wide',
};
