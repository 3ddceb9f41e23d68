// The images of a project in memory, with their labels, verdicts and scores. Orders, ranks, counts and the stop signal
// are derived from them, and kept in step with each change at a cost that does not grow with the images where it can.
import type { ProjectState, QueueOrder, QueueQuery, StopSignal } from '../../../shared/contract.ts';
import type { ClassId, ClassInfo, ImageId, Label } from '../../../shared/domain.ts';
import type { FindingKind } from '../../../shared/findings.ts';
import type { Standing } from '../../labels/labels.ts';
import type { PresentImage } from '../../dataset/dataset.ts';
import { Counts } from '../../dataset/counts.ts';
import { inOrder, recentHits } from './pace.ts';
import { Indices } from '../../dataset/indices.ts';
import { isRanked, Queue, type QueueItem } from '../../dataset/queue.ts';
import type { Ranking } from './ranking.ts';
import { oddsAgainst, Outlook, type Suspect } from './stop.ts';

/** An image; label, verdict and scores change in place. */
export interface Item extends QueueItem, Suspect {
  readonly importedLabel: Label;
  label: Label;
  /** The label that it has without a verdict. */
  base: Label;
  verdict: Standing['verdict'];
  decidedAt: number | null;
  loss: number | null;
  predicted: ClassId | null;
  confidence: number;
  odds: number | null;
  /** From 1, as it was when the ranking was made; null where it is not ranked, or was excluded. */
  rank: number | null;
}

const followedAtMost = 50;

/** The item of an image that was just read: it has no scores yet. */
export function toItem(image: PresentImage): Item {
  return {
    id: image.id,
    path: image.path,
    split: image.split,
    importedLabel: image.importedLabel,
    label: image.label,
    base: image.base,
    verdict: image.verdict,
    decidedAt: image.decidedAt,
    loss: null,
    predicted: null,
    // Not 0: an object that has had a whole number there is copied when it gets a fraction.
    confidence: Number.NaN,
    odds: null,
    rank: null,
  };
}

export class Collection {
  readonly items: readonly Item[];
  readonly #multiLabel: boolean;
  readonly #indexOf: Indices<ImageId>;
  readonly #queue: Queue<Item>;
  #counted: Counts<Item> | null = null;
  #outlook: Outlook | null = null;
  #stop: StopSignal | null = null;
  #ranking: Ranking | null = null;

  /** `foundBy`: the images that a check finds now. */
  constructor(
    items: readonly Item[],
    {
      nameOf,
      multiLabel,
      foundBy,
    }: {
      readonly nameOf: (id: ClassId) => string;
      readonly multiLabel: boolean;
      readonly foundBy: (kind: FindingKind) => ReadonlySet<ImageId>;
    },
  ) {
    this.#multiLabel = multiLabel;
    this.items = items;
    this.#indexOf = new Indices(items.map(({ id }) => id));
    this.#queue = new Queue(this.items, nameOf, foundBy);
  }

  get(id: ImageId): Item | undefined {
    return this.items[this.#indexOf.get(id) ?? -1];
  }

  get worstFirst(): readonly Item[] {
    return this.#queue.byLoss;
  }

  order(query: QueueQuery): QueueOrder['ids'] {
    return this.#queue.select(query).map(({ id }) => id);
  }

  page(query: QueueQuery, after: Item | null, count: number): { ids: readonly ImageId[]; total: number } {
    const total = this.#queue.select(query).length;
    return { ids: this.#queue.page(query, after, count).map(({ id }) => id), total };
  }

  /** True where images carry the class, or would without their verdict. */
  isUsed(id: ClassId): boolean {
    return this.#counts.isUsed(id);
  }

  /** `lookAhead` false: without a stop signal where none was worked out since the last ranking. */
  summary(
    classes: readonly ClassInfo[],
    { lookAhead = true }: { readonly lookAhead?: boolean } = {},
  ): Pick<ProjectState, 'verdicts' | 'classes' | 'splits' | 'confused' | 'recentHits' | 'stop'> {
    if (lookAhead && this.#ranking)
      this.#outlook ??= new Outlook(this.#ranking, this.items, this.#multiLabel);
    this.#stop ??= this.#outlook?.signal(this.#counts.decided) ?? null;
    return {
      ...this.#counts.summary(classes),
      recentHits: recentHits(inOrder(this.#counts.decided)),
      stop: this.#stop,
    };
  }

  /** Images that the model and their label agree on, with a loss in the lower half of those of this label. */
  typical(label: Label): Item[] {
    const agreeing = this.items.filter(
      (item) =>
        item.loss !== null &&
        item.predicted !== null &&
        item.verdict !== 'exclude' &&
        item.label.includes(item.predicted) &&
        label.every((id) => item.label.includes(id)),
    );
    const losses = agreeing.map(({ loss }) => loss ?? 0).toSorted((a, b) => a - b);
    const median = losses[losses.length >>> 1] ?? 0;
    return agreeing.filter(({ loss }) => (loss ?? 0) <= median);
  }

  /** Takes over where images stand now. */
  stand(standings: readonly Standing[]): void {
    // Many changes are cheaper to select anew than to follow.
    if (standings.length > followedAtMost) this.#queue.forget();
    for (const { image, label, base, verdict, decidedAt } of standings) {
      const item = this.get(image);
      if (!item) continue;
      this.#counts.remove(item);
      this.#queue.remove(item);
      Object.assign(item, { label, base, verdict, decidedAt });
      this.#queue.add(item);
      this.#counts.add(item);
      this.#outlook?.follow(item);
    }
    this.#stop = null;
  }

  /** Takes over what a ranking says of the images. */
  score(ranking: Ranking): void {
    const { scores, rowOf } = ranking;
    for (const item of this.items) {
      const row = rowOf.get(item.id) ?? -1;
      const loss = scores.loss[row];
      item.loss = loss === undefined || Number.isNaN(loss) ? null : loss;
      item.predicted = (scores.predicted[row] as ClassId | undefined) ?? null;
      item.confidence = scores.suggestedProbabilities[row * scores.perImage] ?? 0;
      item.odds = oddsAgainst(scores, row, item.label, item.base, this.#multiLabel);
    }
    this.#queue.rankingChanged();
    let rank = 0;
    for (const item of this.worstFirst) item.rank = isRanked(item) ? ++rank : null;
    this.#counted = null;
    this.#ranking = ranking;
    this.#outlook = null;
    this.#stop = null;
  }

  get #counts(): Counts<Item> {
    return (this.#counted ??= new Counts(this.items));
  }
}
