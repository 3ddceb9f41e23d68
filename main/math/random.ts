// Random numbers that a seed repeats on every machine: xoshiro128** by Blackman and Vigna
// (https://prng.di.unimi.it), its state hashed from the seed. Not for secrets.

export type Random = () => number;

/** Numbers in [0, 1) with 32 random bits each. */
export function createRandom(seed: number): Random {
  const bits = xoshiro128([1, 2, 3, 4].map((step) => mix(seed + Math.imul(step, 0x9e3779b9))));
  return () => bits() / 2 ** 32;
}

/** One seed from several numbers, for draws that are to depend on each of them and on nothing else. */
export function seedFrom(...parts: readonly number[]): number {
  return parts.reduce((seed, part) => mix(Math.imul(seed, 0x01000193) + part + 0x9e3779b9), 0);
}

/** The items in another order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** The generator itself: unsigned 32-bit integers from a state of four, of which one at least is not zero. */
export function xoshiro128(state: readonly number[]): () => number {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

const rotateLeft = (value: number, count: number) => (value << count) | (value >>> (32 - count));

/** The finalizer of MurmurHash3: neighbouring seeds become states that have nothing in common. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
