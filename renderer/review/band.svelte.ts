// The rectangle that a drag draws over the list. It is kept in pixels of the content, so that it stays with the cards
// while the list scrolls beneath the pointer.
import type { ImageId } from '../../shared/contract.ts';
import type { GridWindow } from './grid.svelte.ts';
import type { Queue } from './queue.svelte.ts';
import type { Selection } from './selection.svelte.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A shorter drag is a click of an unsteady hand. */
const shortest = 6;

export class Band {
  #from: Point | null = $state.raw(null);
  #to: Point | null = $state.raw(null);
  readonly #grid: GridWindow;
  readonly #queue: Queue;
  readonly #selection: Selection;
  #before: ReadonlySet<ImageId> = new Set();

  /** Null while there is none to draw. */
  readonly box = $derived.by(() => {
    const [from, to] = [this.#from, this.#to];
    if (!from || !to) return null;
    const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
    const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
    return { left, top, right, bottom };
  });

  /** True while a drag adds to what was selected before. */
  get adds(): boolean {
    return this.#before.size > 0;
  }

  constructor(grid: GridWindow, queue: Queue, selection: Selection) {
    this.#grid = grid;
    this.#queue = queue;
    this.#selection = selection;
  }

  /** `add`: what is selected already stays so. */
  begin(at: Point, { add }: { readonly add: boolean }): void {
    this.#from = this.#inContent(at);
    this.#before = add ? this.#selection.ids : new Set();
  }

  /** True once the drag is long enough to be one. */
  moveTo(at: Point): boolean {
    if (!this.#from) return false;
    const to = this.#inContent(at);
    if (!this.#to && Math.hypot(to.x - this.#from.x, to.y - this.#from.y) < shortest) return false;
    this.#to = to;
    this.#select();
    return true;
  }

  end(): void {
    this.#from = null;
    this.#to = null;
  }

  #select(): void {
    if (!this.box) return;
    const ids = this.#grid.geometry.placesWithin(this.box).flatMap((place) => this.#queue.ids[place] ?? []);
    this.#selection.all([...this.#before, ...ids]);
  }

  #inContent({ x, y }: Point): Point {
    return { x, y: this.#grid.geometry.contentTop(y, this.#grid.scrollTop) };
  }
}
