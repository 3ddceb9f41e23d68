// Where each id stands in a list. A table instead of a map: ids are small whole numbers, and a project that opens makes
// tables of all its images.

export class Indices<Id extends number> {
  readonly #indices: Int32Array;

  /** `ids`: whole numbers from 0, each once. */
  constructor(ids: ArrayLike<number>) {
    let highest = -1;
    for (let i = 0; i < ids.length; i++) highest = Math.max(highest, ids[i] ?? -1);
    this.#indices = new Int32Array(highest + 1).fill(-1);
    for (let i = 0; i < ids.length; i++) this.#indices[ids[i] ?? -1] = i;
  }

  /** From 0; undefined where the id is not in the list. */
  get(id: Id): number | undefined {
    const index = this.#indices[id] ?? -1;
    return index < 0 ? undefined : index;
  }
}
