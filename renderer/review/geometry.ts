// Where the cards of a grid lie: pure numbers, made anew whenever one of them changes. It knows nothing of cards or of the DOM.

export interface GridShape {
  readonly count: number;
  /** Room for cards, in CSS pixels, and the height of the window onto them. */
  readonly width: number;
  readonly height: number;
  /** Wished width of a card; the real one fills the row. */
  readonly cell: number;
  readonly gap: number;
  /** Height of what stands below each picture. */
  readonly caption: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Browsers cut a scroll box off, Chromium at 2^25 device pixels. Beyond this many CSS pixels the scroll bar therefore
 * moves over a shorter box, and each of its pixels stands for more than one pixel of content.
 */
export const longestScroll = 8_000_000;

export class GridGeometry {
  readonly count: number;
  readonly columns: number;
  readonly cellWidth: number;
  readonly pictureHeight: number;
  /** From the top of one row to the top of the next. */
  readonly rowHeight: number;
  readonly rows: number;
  /** Height of the box that scrolls. */
  readonly scrollHeight: number;
  readonly #height: number;
  readonly #gap: number;
  readonly #compression: number;

  constructor({ count, width, height, cell, gap, caption }: GridShape) {
    this.count = count;
    this.columns = Math.max(1, Math.floor((width + gap) / (cell + gap)));
    this.cellWidth = Math.max(1, Math.floor((width - gap * (this.columns - 1)) / this.columns));
    this.pictureHeight = Math.round(this.cellWidth * 0.8);
    this.rowHeight = this.pictureHeight + caption + gap;
    this.rows = Math.ceil(count / this.columns);
    const contentHeight = this.rows * this.rowHeight;
    this.scrollHeight = Math.min(contentHeight, longestScroll);
    this.#height = height;
    this.#gap = gap;
    this.#compression =
      contentHeight > this.scrollHeight ? (contentHeight - height) / (this.scrollHeight - height) : 1;
  }

  /** Top of a row inside the scroll box. */
  rowTop(row: number, scrollTop: number): number {
    return this.boxTop(row * this.rowHeight, scrollTop);
  }

  /** Where a height of the whole content lies inside the scroll box. */
  boxTop(contentTop: number, scrollTop: number): number {
    return contentTop + scrollTop * (1 - this.#compression);
  }

  /** Where a height inside the scroll box lies in the whole content. */
  contentTop(boxTop: number, scrollTop: number): number {
    return boxTop - scrollTop * (1 - this.#compression);
  }

  /** Places of the cards that a box touches, in pixels of the whole content. */
  placesWithin({ left, top, right, bottom }: Box): readonly number[] {
    const columns = spanned(left, right, this.cellWidth + this.#gap, this.#gap, this.columns);
    const rows = spanned(top, bottom, this.rowHeight, this.#gap, this.rows);
    return rows
      .flatMap((row) => columns.map((column) => row * this.columns + column))
      .filter((place) => place < this.count);
  }

  /** Rows that can be seen at least in part, with `overscan` rows on either side; `end` is not included. */
  rowsInView(scrollTop: number, overscan = 0): { readonly first: number; readonly end: number } {
    const top = scrollTop * this.#compression;
    const first = Math.floor(top / this.rowHeight) - overscan;
    const end = Math.ceil((top + this.#height) / this.rowHeight) + overscan;
    return { first: clamp(first, 0, this.rows), end: clamp(end, 0, this.rows) };
  }

  /** How many rows `rowsInView` has at most, wherever the list is scrolled to. */
  rowsAtOnce(overscan: number): number {
    return Math.ceil(this.#height / this.rowHeight) + 1 + 2 * overscan;
  }

  /** Places in the list that these rows hold; `end` is not included. */
  places({ first, end }: { readonly first: number; readonly end: number }): {
    readonly first: number;
    readonly end: number;
  } {
    return {
      first: Math.min(first * this.columns, this.count),
      end: Math.min(end * this.columns, this.count),
    };
  }

  /** The scroll position nearest to `scrollTop` at which the place can be seen whole. */
  scrollTopToShow(place: number, scrollTop: number): number {
    const top = Math.floor(place / this.columns) * this.rowHeight;
    const lowest = top / this.#compression;
    const highest = (top + this.rowHeight - this.#height) / this.#compression;
    return Math.round(clamp(scrollTop, Math.min(highest, lowest), lowest));
  }

  /** Rows that a page key moves by. */
  get rowsPerPage(): number {
    return Math.max(1, Math.floor(this.#height / this.rowHeight));
  }
}

/** Numbers of the things, `step` apart with a gap after each, that a stretch touches. */
function spanned(from: number, to: number, step: number, gap: number, count: number): readonly number[] {
  const first = clamp(Math.floor((from + gap) / step), 0, count);
  const end = clamp(Math.ceil(to / step), 0, count);
  return Array.from({ length: Math.max(0, end - first) }, (_, offset) => first + offset);
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.max(lowest, Math.min(highest, value));
}
