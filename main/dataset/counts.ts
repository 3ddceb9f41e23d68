// The counts that the rail and the foot of the page show, kept in step with each image that changes.
import type { ProjectState } from '../../shared/contract.ts';
import type { ClassId, ClassInfo, Label, Verdict } from '../../shared/domain.ts';

export interface Counted {
  readonly label: Label;
  readonly base: Label;
  readonly verdict: Verdict | null;
  readonly decidedAt: number | null;
  readonly split: string | null;
  readonly predicted: ClassId | null;
}

type Pair = ProjectState['confused'][number];

const pairsShown = 8;

export class Counts<T extends Counted> {
  readonly #verdicts: Record<Verdict | 'none', number> = {
    none: 0,
    relabel: 0,
    keep: 0,
    exclude: 0,
    unsure: 0,
  };
  readonly #images = new Tally();
  readonly #suspects = new Tally();
  /** Images that carry the class, or would without their verdict, excluded ones too. */
  readonly #uses = new Tally();
  readonly #pairs = new Map<ClassId, Tally>();
  #confused: readonly Pair[] | null = null;
  readonly #splits = new Set<string>();
  readonly #decided = new Set<T>();

  constructor(items: Iterable<T>) {
    for (const item of items) this.add(item);
  }

  /** The images that have a verdict. */
  get decided(): ReadonlySet<T> {
    return this.#decided;
  }

  isUsed(id: ClassId): boolean {
    return this.#uses.of(id) > 0;
  }

  add(item: T): void {
    this.#count(item, 1);
    if (item.verdict !== null) this.#decided.add(item);
    if (item.split !== null) this.#splits.add(item.split);
  }

  /** Before the item changes; `add` comes after. */
  remove(item: T): void {
    this.#count(item, -1);
    this.#decided.delete(item);
  }

  summary(classes: readonly ClassInfo[]): Pick<ProjectState, 'verdicts' | 'classes' | 'splits' | 'confused'> {
    return {
      verdicts: { ...this.#verdicts },
      classes: classes.map(({ id, name }) => ({
        id,
        name,
        images: this.#images.of(id),
        suspects: this.#suspects.of(id),
      })),
      splits: [...this.#splits].toSorted(),
      confused: (this.#confused ??= this.#mostConfused()),
    };
  }

  /** There may be thousands of pairs: they are not sorted, only the best are kept on the way. */
  #mostConfused(): readonly Pair[] {
    const best: Pair[] = [];
    for (const [given, tally] of this.#pairs) {
      for (const [predicted, images] of tally) {
        if (best.length === pairsShown && images < (best.at(-1)?.images ?? 0)) continue;
        best.push({ given, predicted, images });
        best.sort((a, b) => b.images - a.images || a.given - b.given || a.predicted - b.predicted);
        if (best.length > pairsShown) best.pop();
      }
    }
    return best;
  }

  #count({ label, base, verdict, predicted }: T, by: 1 | -1): void {
    this.#confused = null;
    this.#verdicts[verdict ?? 'none'] += by;
    for (const id of label) this.#uses.add(id, by);
    for (const id of base) this.#uses.add(id, by);
    if (verdict === 'exclude') return;
    for (const id of label) this.#images.add(id, by);
    if (verdict !== null || predicted === null || label.includes(predicted)) return;
    for (const id of label) {
      this.#suspects.add(id, by);
      let pairs = this.#pairs.get(id);
      if (!pairs) this.#pairs.set(id, (pairs = new Tally()));
      pairs.add(predicted, by);
    }
  }
}

/** Numbers by class. A list, since ids are small whole numbers: each image is counted several times. */
class Tally {
  readonly #counts: number[] = [];

  of(id: ClassId): number {
    return this.#counts[id] ?? 0;
  }

  add(id: ClassId, by: number): void {
    for (let next = this.#counts.length; next <= id; next++) this.#counts[next] = 0;
    this.#counts[id] = this.of(id) + by;
  }

  /** Those that are not nothing. */
  *[Symbol.iterator](): Generator<[ClassId, number]> {
    for (const [id, count] of this.#counts.entries()) if (count !== 0) yield [id as ClassId, count];
  }
}
