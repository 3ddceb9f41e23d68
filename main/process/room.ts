// Room for so much at once: what asks for more waits, first come, first served.

export class Room {
  readonly size: number;
  #free: number;
  readonly #waiting: { readonly share: number; enter(): void }[] = [];

  constructor(size: number) {
    this.size = size;
    this.#free = size;
  }

  /** Does the work while it has so much of the room; all of it where it asks for more. */
  async within<T>(amount: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(amount, this.size);
    await this.#take(share);
    try {
      return await work();
    } finally {
      this.#free += share;
      this.#admit();
    }
  }

  #take(share: number): Promise<void> {
    return new Promise((enter) => {
      this.#waiting.push({ share, enter });
      this.#admit();
    });
  }

  #admit(): void {
    for (let [first] = this.#waiting; first && first.share <= this.#free; [first] = this.#waiting) {
      this.#waiting.shift();
      this.#free -= first.share;
      first.enter();
    }
  }
}
