// The images that are selected together. It knows ids only; ranges are cut from the list that the caller shows.
import type { ImageId } from '../../shared/contract.ts';

export class Selection {
  ids: ReadonlySet<ImageId> = $state.raw(new Set());
  #anchor: ImageId | null = null;

  get size(): number {
    return this.ids.size;
  }

  has(id: ImageId): boolean {
    return this.ids.has(id);
  }

  /** Where the next range starts. */
  anchorAt(id: ImageId): void {
    this.#anchor = id;
  }

  toggle(id: ImageId): void {
    const ids = new Set(this.ids);
    if (!ids.delete(id)) ids.add(id);
    this.ids = ids;
  }

  /** Everything in the list between the anchor and this image. */
  extendTo(id: ImageId, list: readonly ImageId[]): void {
    const from = this.#anchor === null ? -1 : list.indexOf(this.#anchor);
    const to = list.indexOf(id);
    if (to < 0) return;
    const start = from < 0 ? to : from;
    this.ids = new Set(list.slice(Math.min(start, to), Math.max(start, to) + 1));
  }

  all(list: readonly ImageId[]): void {
    this.ids = new Set(list);
  }

  clear(): void {
    if (this.ids.size > 0) this.ids = new Set();
  }
}
