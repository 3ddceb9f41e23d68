// The window onto the grid: its size, how far it is scrolled, and the wished size of a card.
import { untrack } from 'svelte';
import { GridGeometry } from './geometry.ts';

export const gap = 12;
/** Two lines of text with their padding, and the border. */
export const caption = 58;
export const cellSizes = { smallest: 96, usual: 144, largest: 380 } as const;

const sizeKey = 'card-size';

export class GridWindow {
  width = $state(0);
  height = $state(0);
  scrollTop = $state(0);
  cell = $state(remembered());
  readonly geometry: GridGeometry = $derived.by(
    () =>
      new GridGeometry({
        count: this.#count(),
        width: this.width,
        height: this.height,
        cell: this.cell,
        gap,
        caption,
      }),
  );
  readonly #count: () => number;
  #element: HTMLElement | null = null;

  constructor(count: () => number) {
    this.#count = count;
  }

  /** Takes over the element that scrolls; returns what lets it go. */
  attach(element: HTMLElement): () => void {
    this.#element = element;
    // Once: followed, it would lay the page out at every step of a scroll.
    const scrollTop = untrack(() => this.scrollTop);
    if (scrollTop > 0) element.scrollTop = scrollTop;
    return () => {
      this.#element = null;
    };
  }

  /** Takes the keyboard, so that a screen reader is where the keys act. */
  focus(): void {
    this.#element?.focus({ preventScroll: true });
  }

  /** The middle of the card in focus, in the window; null where it is scrolled out of view. */
  middleOfFocus(): { readonly x: number; readonly y: number } | null {
    const box = this.#element?.querySelector('[role=gridcell].focused')?.getBoundingClientRect();
    return box ? { x: box.left + box.width / 2, y: box.top + box.height / 2 } : null;
  }

  /** Scrolls no further than needed to show this place whole. */
  show(place: number): void {
    this.#scrollTo(this.geometry.scrollTopToShow(place, this.scrollTop));
  }

  toTop(): void {
    this.#scrollTo(0);
  }

  resize(cell: number): void {
    this.cell = cell;
    localStorage.setItem(sizeKey, String(cell));
  }

  /** Places up to the last row that can be seen. */
  get seen(): number {
    return this.geometry.places(this.geometry.rowsInView(this.scrollTop)).end;
  }

  #scrollTo(scrollTop: number): void {
    // Even to where it is, scrolling would lay the page out at once.
    if (scrollTop === this.scrollTop) return;
    this.scrollTop = scrollTop;
    if (this.#element) this.#element.scrollTop = scrollTop;
  }
}

function remembered(): number {
  const cell = Number(localStorage.getItem(sizeKey));
  return cell >= cellSizes.smallest && cell <= cellSizes.largest ? cell : cellSizes.usual;
}
