// The queue: which images a query selects, and in which order. Works on one array of facts; knows nothing of SQL.
import type { QueueQuery } from '../../shared/contract.ts';
import type { ClassId, ImageId, Label, Verdict } from '../../shared/domain.ts';

export interface QueueItem {
  readonly id: ImageId;
  readonly path: string;
  readonly split: string | null;
  readonly label: Label;
  readonly verdict: Verdict | null;
  readonly decidedAt: number | null;
  /** Null where the image is not ranked, or has no label. */
  readonly loss: number | null;
  /** The best class of all; null where the image is not ranked. */
  readonly predicted: ClassId | null;
  /** Probability of the best suggestion: orders the images that have no label. */
  readonly confidence: number;
}

/** The images that the query selects, in its order. */
export function queueOrder(
  items: readonly QueueItem[],
  query: QueueQuery,
  nameOf: (id: ClassId) => string,
): ImageId[] {
  const verdicts = new Set(query.verdicts);
  const classes = new Set(query.classes);
  const splits = new Set(query.splits);
  const search = query.search.trim().toLowerCase();
  const matches = (item: QueueItem) =>
    (verdicts.size === 0 || verdicts.has(item.verdict ?? 'none')) &&
    (classes.size === 0 || item.label.some((id) => classes.has(id))) &&
    (query.predicted === null || item.predicted === query.predicted) &&
    (splits.size === 0 || (item.split !== null && splits.has(item.split))) &&
    (search === '' ||
      item.path.toLowerCase().includes(search) ||
      item.label.some((id) => nameOf(id).toLowerCase().includes(search)));
  return items
    .filter(matches)
    .toSorted(comparison(query.sort, nameOf))
    .map(({ id }) => id);
}

type Comparison = (a: QueueItem, b: QueueItem) => number;

function comparison(sort: QueueQuery['sort'], nameOf: (id: ClassId) => string): Comparison {
  switch (sort) {
    case 'loss':
      return byLoss;
    case 'class':
      return (a, b) => compare(labelName(a, nameOf), labelName(b, nameOf)) || byLoss(a, b);
    case 'file':
      return byPath;
    case 'verdict':
      return (a, b) => (b.decidedAt ?? 0) - (a.decidedAt ?? 0) || byLoss(a, b);
  }
}

/** Worst first; then images without a label, the most certain first; then those that are not ranked. */
export const byLoss: Comparison = (a, b) =>
  (b.loss ?? -1) - (a.loss ?? -1) || b.confidence - a.confidence || byPath(a, b);

const byPath: Comparison = (a, b) => compare(a.path, b.path);

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const labelName = ({ label }: QueueItem, nameOf: (id: ClassId) => string) => label.map(nameOf).join('|');
