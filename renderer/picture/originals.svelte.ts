// The pictures that are at hand in full. Only those asked for are fetched; of the others, what is still on its way is
// given up, so that nobody waits behind pictures that were passed by.
import { untrack } from 'svelte';

export class Originals {
  #held: ReadonlyMap<string, HTMLImageElement> = $state.raw(new Map());

  /** True where the picture has come or is on its way. */
  has(address: string): boolean {
    return this.#held.has(address);
  }

  /** Has exactly these, the first of them first. The browser keeps what it has decoded as long as someone holds it. */
  hold(addresses: readonly string[]): void {
    const before = untrack(() => this.#held);
    const held = new Map(addresses.map((address) => [address, before.get(address) ?? fetched(address)]));
    for (const [address, image] of before) if (!held.has(address) && !image.complete) image.src = '';
    this.#held = held;
  }
}

function fetched(address: string): HTMLImageElement {
  const image = new Image();
  image.decoding = 'async';
  image.src = address;
  return image;
}
