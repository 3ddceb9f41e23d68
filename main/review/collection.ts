// The images of a project in memory, with their labels, verdicts and scores. Orders, ranks, counts and the stop signal
// are derived from them, and kept in step with each change at a cost that does not grow with the images where it can.
import type { ProjectState, QueueOrder, QueuePage, QueueQuery, StopSignal } from '../../shared/contract.ts';
import type { ClassId, ClassInfo, ImageId, Label } from '../../shared/domain.ts';
import type { ImageRow } from '../store/images.ts';
import type { Standing } from '../store/labels.ts';
import { Counts } from './counts.ts';
import { inOrder, recentHits } from './pace.ts';
import { Queue, type QueueItem } from './queue.ts';
import type { Ranking } from './ranking.ts';
import { oddsAgainst, Outlook, type Suspect } from './stop.ts';

/** An image; label, verdict and scores change in place. */
export interface Item extends QueueItem, Suspect {
  readonly row: ImageRow;
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

export class Collection {
  readonly items: readonly Item[];
  readonly #multiLabel: boolean;
  readonly #itemOf: ReadonlyMap<ImageId, Item>;
  readonly #queue: Queue<Item>;
  #counts: Counts<Item>;
  #outlook: Outlook | null = null;
  #stop: StopSignal | null = null;

  constructor(
    rows: readonly ImageRow[],
    standings: ReadonlyMap<ImageId, Standing>,
    nameOf: (id: ClassId) => string,
    multiLabel: boolean,
  ) {
    const contents = rows.map(({ hash }) => hash?.toString('latin1') ?? null);
    const repeated = findRepeated(contents);
    this.#multiLabel = multiLabel;
    this.items = rows.map((row, place) => {
      const standing = standings.get(row.id);
      return {
        row,
        id: row.id,
        path: row.path,
        split: row.split,
        sameContent: repeated.has(contents[place] ?? null),
        label: standing?.label ?? row.importedLabel,
        base: standing?.base ?? row.importedLabel,
        verdict: standing?.verdict ?? null,
        decidedAt: standing?.decidedAt ?? null,
        loss: null,
        predicted: null,
        confidence: 0,
        odds: null,
        rank: null,
      };
    });
    this.#itemOf = new Map(this.items.map((item) => [item.id, item]));
    this.#queue = new Queue(this.items, nameOf);
    this.#counts = new Counts(this.items);
  }

  get(id: ImageId): Item | undefined {
    return this.#itemOf.get(id);
  }

  get worstFirst(): readonly Item[] {
    return this.#queue.byLoss;
  }

  order(query: QueueQuery): QueueOrder['ids'] {
    return this.#queue.select(query).map(({ id }) => id);
  }

  page(query: QueueQuery, after: Item | null, count: number): Pick<QueuePage, 'ids' | 'total'> {
    return {
      ids: this.#queue.page(query, after, count).map(({ id }) => id),
      total: this.#queue.select(query).length,
    };
  }

  /** True where images carry the class, or would without their verdict. */
  isUsed(id: ClassId): boolean {
    return this.#counts.isUsed(id);
  }

  summary(
    classes: readonly ClassInfo[],
  ): Pick<ProjectState, 'verdicts' | 'classes' | 'splits' | 'confused' | 'recentHits' | 'stop'> {
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
      const item = this.#itemOf.get(image);
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
    const { scores, classes, indexOf } = ranking;
    for (const item of this.items) {
      const image = indexOf.get(item.id) ?? -1;
      const loss = scores.loss[image];
      item.loss = loss === undefined || Number.isNaN(loss) ? null : loss;
      item.predicted = classes[scores.predicted[image] ?? -1] ?? null;
      item.confidence = scores.suggestedProbabilities[image * scores.perImage] ?? 0;
      item.odds = oddsAgainst(ranking, image, item.label, item.base, this.#multiLabel);
    }
    this.#queue.rankingChanged();
    let rank = 0;
    for (const item of this.worstFirst)
      item.rank = item.loss === null || item.verdict === 'exclude' ? null : ++rank;
    this.#counts = new Counts(this.items);
    this.#outlook = new Outlook(ranking, this.items, this.#multiLabel);
    this.#stop = null;
  }
}

/** Those that are there more than once. */
function findRepeated(contents: readonly (string | null)[]): ReadonlySet<string | null> {
  const seen = new Set<string>();
  const repeated = new Set<string | null>();
  for (const content of contents) {
    if (content === null) continue;
    if (seen.has(content)) repeated.add(content);
    seen.add(content);
  }
  return repeated;
}
