// The numbers of resnet.py: made from a name, so that both sides have the same weights without storing them.

/** Numbers in [-1, 1), by a hash of the name and mixed with the index. */
export function uniform(name: string, count: number): Float64Array {
  let seed = 2166136261;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16777619);
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let hash = seed + Math.imul(i, 0x9e3779b9);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    numbers[i] = ((hash ^ (hash >>> 16)) >>> 8) / 2 ** 23 - 1;
  }
  return numbers;
}

export function fill(name: string, shape: readonly number[]): Float32Array {
  const values = uniform(
    name,
    shape.reduce((product, size) => product * size, 1),
  );
  const perUnit = shape.slice(1).reduce((product, size) => product * size, 1);
  const scale = (value: number): number => {
    if (shape.length === 4) return value * Math.sqrt(6 / perUnit);
    if (shape.length === 2) return value * Math.sqrt(3 / perUnit);
    if (name.endsWith('running_var')) return 1 + value / 2;
    return name.endsWith('weight') ? (1 + value / 2) * 0.7 : value / 10;
  };
  return new Float32Array(values.map(scale));
}
