import { afterAll, expect, test } from 'vitest';
import { createGemm } from '../math/gemm.ts';
import { fitHead } from './head.ts';
import { clouds, memorySource } from './testing.ts';

const gemm = await createGemm();
afterAll(() => gemm.release());

/** Cosines between standardised vectors, written down plainly. */
function cosines(vectors: readonly (readonly number[])[], row: number): number[] {
  const columns = (vectors[0] ?? []).map((_, k) => {
    const column = vectors.map((vector) => vector[k] ?? 0);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
    return column.map((value) => (value - mean) / deviation);
  });
  const dot = (a: number, b: number) =>
    columns.reduce((sum, column) => sum + (column[a] ?? 0) * (column[b] ?? 0), 0);
  return vectors.map((_, other) => dot(row, other) / Math.sqrt(dot(row, row) * dot(other, other)));
}

test('finds the nearest rows of each group by standardised features', async () => {
  const { vectors, labels } = clouds(90, 6, 3);
  const stored = vectors.map((vector) => vector.map(Math.fround));
  const head = await fitHead(gemm, memorySource(stored), labels, { seed: 1 });

  const row = 31;
  const groups = [
    [...stored.keys()].filter((other) => other % 3 === 0),
    [...stored.keys()].filter((other) => other % 3 === 1),
    [],
  ];
  const found = head.nearest(row, groups, 6);
  const expected = cosines(stored, row);
  for (const [i, group] of groups.entries()) {
    const nearest = group
      .filter((other) => other !== row)
      .toSorted((a, b) => (expected[b] ?? 0) - (expected[a] ?? 0))
      .slice(0, 6);
    expect(found[i]?.map((neighbour) => neighbour.row)).toEqual(nearest);
    for (const { row: other, similarity } of found[i] ?? [])
      expect(similarity).toBeCloseTo(expected[other] ?? NaN, 4);
  }
});
