import { expect, onTestFinished, test } from 'vitest';
import { createGemm } from '../math/gemm.ts';
import { fitHead } from './head.ts';
import { fitLinearMap } from './linear.ts';
import { clouds, memorySource, replaceRows } from './testing.ts';

/** What the map says of a row, written down plainly. */
function logitsOf(map: Awaited<ReturnType<typeof fitLinearMap>>, vector: readonly number[]): number[] {
  return Array.from({ length: map.classes }, (_, k) =>
    vector.reduce((sum, x, j) => {
      const standardised = (x - (map.mean[j] ?? 0)) / (map.deviation[j] ?? 0);
      return sum + (map.weights[k * map.features + j] ?? 0) * standardised;
    }, map.bias[k] ?? 0),
  );
}

test.each([
  ['more images than features', 60, 8, 6],
  // λ is sought on a grid that depends on the columns, of which the head has fewer here.
  ['more features than images', 24, 40, 2],
])(
  'the map says of an image that it did not learn from what the head says: %s',
  async (_, rows, columns, digits) => {
    const gemm = await createGemm();
    onTestFinished(() => gemm.release());
    const data = clouds(rows, columns, 3);
    // One feature that does not vary, and some images that are excluded: the head scores them without learning from them.
    const vectors = data.vectors.map((vector) => [...vector, 7]);
    const excluded = [3, 7, 11];
    const labels = replaceRows(
      data.labels,
      Object.fromEntries(
        excluded.map((row) => [row, { classes: data.labels.rows[row]?.classes ?? [], included: false }]),
      ),
    );
    const source = memorySource(vectors);
    const { signal } = new AbortController();
    const head = await fitHead(gemm, source, labels, { seed: 1 });
    const map = await fitLinearMap(gemm, source, labels, { seed: 1, signal });
    expect(map.deviation.at(-1)).toBe(1);
    const { probability, predicted } = head.scores();
    for (const row of excluded) {
      const powers = logitsOf(map, vectors[row] ?? []).map(Math.exp);
      const sum = powers.reduce((total, power) => total + power, 0);
      const given = labels.rows[row]?.classes[0] ?? -1;
      expect((powers[given] ?? 0) / sum).toBeCloseTo(probability[row] ?? Number.NaN, digits);
      expect(powers.indexOf(Math.max(...powers))).toBe(predicted[row]);
    }
  },
);
