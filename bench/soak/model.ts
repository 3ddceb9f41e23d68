// What must be true of the labels, told from the answers alone: a plain map, and what undo and redo would do.
// It shares no code with the store.
export interface Stand {
  /** The class; these data sets have one label an image. */
  readonly label: number;
  readonly verdict: string | null;
}

export type Act =
  | { readonly verdict: 'relabel'; readonly label: number }
  | { readonly verdict: 'keep' | 'exclude' | 'unsure' | 'clear' };

type Step = ReadonlyMap<number, readonly [Stand, Stand]>;

export class Model {
  readonly stands: ReadonlyMap<number, Stand>;
  readonly #base: ReadonlyMap<number, number>;
  readonly #done: readonly Step[];
  readonly #undone: readonly Step[];

  constructor(
    base: ReadonlyMap<number, number>,
    stands: ReadonlyMap<number, Stand> = new Map(),
    done: readonly Step[] = [],
    undone: readonly Step[] = [],
  ) {
    this.#base = base;
    this.stands = stands;
    this.#done = done;
    this.#undone = undone;
  }

  at(image: number): Stand {
    return this.stands.get(image) ?? { label: this.#base.get(image) ?? 0, verdict: null };
  }

  decided(images: readonly number[], act: Act): Model {
    const step = new Map<number, readonly [Stand, Stand]>();
    for (const image of images) {
      const from = this.at(image);
      const to = this.#after(image, from, act);
      if (from.label !== to.label || from.verdict !== to.verdict) step.set(image, [from, to]);
    }
    if (step.size === 0) return this;
    return new Model(this.#base, this.#with(step, 1), [...this.#done, step], []);
  }

  undo(): Model {
    const step = this.#done.at(-1);
    if (!step) return this;
    return new Model(this.#base, this.#with(step, 0), this.#done.slice(0, -1), [...this.#undone, step]);
  }

  redo(): Model {
    const step = this.#undone.at(-1);
    if (!step) return this;
    return new Model(this.#base, this.#with(step, 1), [...this.#done, step], this.#undone.slice(0, -1));
  }

  /** Images that stand otherwise than here. */
  differences(stored: ReadonlyMap<number, Stand>): number[] {
    return [...stored].flatMap(([image, { label, verdict }]) => {
      const expected = this.at(image);
      return expected.label === label && expected.verdict === verdict ? [] : [image];
    });
  }

  #after(image: number, { label }: Stand, act: Act): Stand {
    const base = this.#base.get(image) ?? 0;
    const confirmed = (now: number): Stand => ({ label: now, verdict: now === base ? 'keep' : 'relabel' });
    switch (act.verdict) {
      case 'clear':
        return { label: base, verdict: null };
      case 'relabel':
        return confirmed(act.label);
      case 'keep':
        return confirmed(label);
      default:
        return { label, verdict: act.verdict };
    }
  }

  #with(step: Step, side: 0 | 1): ReadonlyMap<number, Stand> {
    return new Map([...this.stands, ...[...step].map(([image, stands]) => [image, stands[side]] as const)]);
  }
}
