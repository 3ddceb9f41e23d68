// The queue: which images a query selects, and in which order. Works on one array of facts; knows nothing of SQL.
// The order by loss is made once a ranking and a selection once a query; they follow each change, so that pages of them
// are cheap.
import type { QueueQuery } from '../../shared/contract.ts';
import type { ClassId, ImageId, Label, Verdict } from '../../shared/domain.ts';
import type { FindingKind } from '../../shared/findings.ts';
import { scoreAt, type Scores } from '../../shared/scores.ts';
import type { DataSet } from './dataset.ts';
import { Indices } from './indices.ts';

/** What the order by loss is made from. */
export interface Urgent {
  readonly path: string;
  /** Null where the image is not ranked, or has no label. */
  readonly loss: number | null;
  /** Probability of the best suggestion: orders the images that have no label. */
  readonly confidence: number;
}

export interface QueueItem extends Urgent {
  readonly id: ImageId;
  readonly split: string | null;
  readonly label: Label;
  readonly verdict: Verdict | null;
  readonly decidedAt: number | null;
  /** The best class of all; null where the image is not ranked. */
  readonly predicted: ClassId | null;
}

/** Whether an image has a rank: it is labelled, was scored, and is not excluded. */
export function isRanked<T extends Pick<QueueItem, 'loss' | 'verdict'>>(
  item: T,
): item is T & { readonly loss: number } {
  return item.loss !== null && item.verdict !== 'exclude';
}

/** The images of a data set that the scores rank, worst first: the first has rank 1. */
export function rankedImages(dataset: DataSet, scores: Scores) {
  const rowOf = new Indices<ImageId>(scores.images);
  const scored = dataset.present.flatMap((image) => {
    const row = rowOf.get(image.id);
    return row === undefined ? [] : [{ ...image, ...scoreAt(scores, row), confidence: 0 }];
  });
  return sortByLoss(scored).filter(isRanked);
}

type NameOf = (id: ClassId) => string;
/** The images that a check found. */
type FoundBy = (kind: FindingKind) => ReadonlySet<ImageId>;
type Comparison<T> = (a: T, b: T) => number;

const selectionsKept = 8;

/** The orders of a set of images, which may change in place where the methods below are told. */
export class Queue<T extends QueueItem> {
  readonly #nameOf: NameOf;
  readonly #foundBy: FoundBy;
  readonly #byPath: readonly T[];
  #byLoss: readonly T[] | null = null;
  readonly #selections = new Map<string, Selection<T>>();

  constructor(items: readonly T[], nameOf: NameOf, foundBy: FoundBy = () => new Set()) {
    this.#nameOf = nameOf;
    this.#foundBy = foundBy;
    this.#byPath = items.toSorted(byPath);
  }

  /** All images, worst first. */
  get byLoss(): readonly T[] {
    return (this.#byLoss ??= sortByLoss(this.#byPath));
  }

  /** The images that the query selects, in its order. */
  select(query: QueueQuery): readonly T[] {
    return this.#selection(query).items;
  }

  /** The images that follow one of them, or the rank that it would have; null: from the start. */
  page(query: QueueQuery, after: T | null, count: number): readonly T[] {
    const { items, compareItems } = this.#selection(query);
    const start = after ? indexAfter(items, after, compareItems) : 0;
    return items.slice(start, start + count);
  }

  /** Before an item's label or verdict changes; `add` comes after. */
  remove(item: T): void {
    for (const { items, selects, compareItems } of this.#selections.values())
      if (selects(item)) items.splice(indexAfter(items, item, compareItems) - 1, 1);
  }

  add(item: T): void {
    for (const { items, selects, compareItems } of this.#selections.values())
      if (selects(item)) items.splice(indexAfter(items, item, compareItems), 0, item);
  }

  /** Instead of following many changes: what is asked for next is selected anew. */
  forget(): void {
    this.#selections.clear();
  }

  /** Losses and predictions changed. */
  rankingChanged(): void {
    this.#byLoss = null;
    this.forget();
  }

  #selection(query: QueueQuery): Selection<T> {
    const key = JSON.stringify(query);
    const known = this.#selections.get(key);
    if (known) return known;
    const found = query.finding === null ? null : this.#foundBy(query.finding);
    const selects = selector(query, found, this.#nameOf);
    const selection = {
      selects,
      compareItems: comparison(query.sort, this.#nameOf),
      items: sorted(query.sort, this.byLoss, this.#byPath, this.#nameOf).filter(selects),
    };
    if (this.#selections.size >= selectionsKept) this.forget();
    this.#selections.set(key, selection);
    return selection;
  }
}

interface Selection<T> {
  readonly selects: (item: T) => boolean;
  readonly compareItems: Comparison<T>;
  /** In the order of the comparison. */
  readonly items: T[];
}

function selector(
  query: QueueQuery,
  found: ReadonlySet<ImageId> | null,
  nameOf: NameOf,
): (item: QueueItem) => boolean {
  const verdicts = new Set(query.verdicts);
  const classes = new Set(query.classes);
  const splits = new Set(query.splits);
  const search = query.search.trim().toLowerCase();
  const { predicted, lossFrom, lossTo } = query;
  return (item) =>
    (verdicts.size === 0 || verdicts.has(item.verdict ?? 'none')) &&
    (classes.size === 0 || item.label.some((id) => classes.has(id))) &&
    (predicted === null || item.predicted === predicted) &&
    (splits.size === 0 || (item.split !== null && splits.has(item.split))) &&
    (lossFrom === null || (item.loss !== null && item.loss >= lossFrom)) &&
    (lossTo === null || (item.loss !== null && item.loss <= lossTo)) &&
    (found === null || found.has(item.id)) &&
    (search === '' ||
      item.path.toLowerCase().includes(search) ||
      item.label.some((id) => nameOf(id).toLowerCase().includes(search)));
}

/** All images in the order that `comparison` describes, made from two orders that are there already. */
function sorted<T extends QueueItem>(
  sort: QueueQuery['sort'],
  worstFirst: readonly T[],
  inPaths: readonly T[],
  nameOf: NameOf,
): readonly T[] {
  switch (sort) {
    case 'loss':
      return worstFirst;
    case 'file':
      return inPaths;
    case 'class': {
      const groups = Map.groupBy(worstFirst, (item) => labelName(item, nameOf));
      return [...groups.keys()].toSorted(compare).flatMap((name) => groups.get(name) ?? []);
    }
    case 'verdict': {
      const { decided = [], others = [] } = Object.groupBy(worstFirst, ({ decidedAt }) =>
        decidedAt === null ? 'others' : 'decided',
      );
      return [...decided.toSorted(comparison(sort, nameOf)), ...others];
    }
  }
}

function comparison(sort: QueueQuery['sort'], nameOf: NameOf): Comparison<QueueItem> {
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

/** The index of the first that comes after the item. */
function indexAfter<T>(items: readonly T[], item: T, compareItems: Comparison<T>): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = items[middle];
    if (other !== undefined && compareItems(other, item) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Sorts as `byLoss` does what is sorted by path already: by numbers of 64 bits, the urgency above the index. That takes
 * a twentieth of the time that a comparison of images takes.
 */
function sortByLoss<T extends Urgent>(inPaths: readonly T[]): readonly T[] {
  const keys = new BigUint64Array(inPaths.length);
  // Every platform that Toploss runs on stores the lower half first.
  const halves = new Uint32Array(keys.buffer);
  for (const [index, item] of inPaths.entries()) {
    halves[2 * index] = index;
    halves[2 * index + 1] = urgency(item);
  }
  keys.sort();
  const order: T[] = [];
  for (let i = 0; i < halves.length; i += 2) {
    const item = inPaths[halves[i] ?? 0];
    if (item !== undefined) order.push(item);
  }
  return order;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * A whole number of 32 bits, smaller for what comes earlier: the highest loss first; then images without a loss, the
 * most certain suggestion first. (Single-precision numbers that are not negative are ordered as their bits are.)
 */
function urgency({ loss, confidence }: Urgent): number {
  float[0] = loss ?? confidence;
  return (loss === null ? 0xffffffff : 0x7fffffff) - (bits[0] ?? 0);
}

const byLoss: Comparison<Urgent> = (a, b) => urgency(a) - urgency(b) || byPath(a, b);

const byPath: Comparison<Urgent> = (a, b) => compare(a.path, b.path);

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const labelName = ({ label }: QueueItem, nameOf: NameOf) => {
  const [first, ...others] = label;
  return first === undefined ? '' : others.length === 0 ? nameOf(first) : label.map(nameOf).join('|');
};
