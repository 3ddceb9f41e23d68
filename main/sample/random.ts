// Random numbers to draw pictures with. The same each time: the sample must not differ from one machine to the next.
import { createRandom as createNumbers, shuffled } from '../math/random.ts';

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Evenly between the two. */
  between(low: number, high: number): number;
  /** One of the items. */
  pick<T>(items: readonly [T, ...T[]]): T;
  /** True with that probability. */
  chance(probability: number): boolean;
  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

export function createRandom(seed: number): Random {
  const next = createNumbers(seed);
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    chance: (probability) => next() < probability,
    shuffled: (items) => shuffled(items, next),
  };
}
