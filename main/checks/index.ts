// Every check there is, in the order in which a person should look: what is most surely wrong comes first.
import { findingKinds, type FindingKind } from '../../shared/findings.ts';
import type { Check } from './check.ts';
import { exactCopies } from './exactCopies.ts';
import { labelErrors } from './labelErrors/check.ts';
import { oddSizes } from './oddSizes.ts';

const byKind: Readonly<Record<FindingKind, Check>> = {
  'label-error': labelErrors,
  'exact-copy': exactCopies,
  'odd-size': oddSizes,
};

export const checks: readonly Check[] = findingKinds.map((kind) => byKind[kind]);

export const checkOf = (kind: FindingKind): Check => byKind[kind];
