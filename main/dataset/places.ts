// Where each id stands in a list. A table instead of a map: ids are small whole numbers, and a project that opens makes
// tables of all its images.

export class Places<Id extends number> {
  readonly #places: Int32Array;

  /** `ids`: whole numbers from 0, each once. */
  constructor(ids: readonly Id[]) {
    let highest = -1;
    for (const id of ids) if (id > highest) highest = id;
    this.#places = new Int32Array(highest + 1).fill(-1);
    let place = 0;
    for (const id of ids) this.#places[id] = place++;
  }

  /** From 0; undefined where the id is not in the list. */
  get(id: Id): number | undefined {
    const place = this.#places[id] ?? -1;
    return place < 0 ? undefined : place;
  }
}
