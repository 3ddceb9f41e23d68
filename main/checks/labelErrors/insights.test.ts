import { expect, test } from 'vitest';
import type { ClassId, Verdict } from '../../../shared/domain.ts';
import { readInsights } from './insights.ts';

const [rose, tulip] = [1 as ClassId, 2 as ClassId];
const image = (
  given: ClassId,
  predicted: ClassId | null,
  loss: number | null,
  verdict: Verdict | null = null,
) => ({
  label: [given],
  predicted,
  loss,
  verdict,
});

/** The bins that are not empty, with their counts. */
const filled = (counts: readonly number[]) =>
  counts.flatMap((count, bin) => (count > 0 ? [[bin, count]] : []));

const insights = readInsights(
  [
    image(rose, tulip, 4),
    image(rose, tulip, 3.95, 'relabel'),
    image(tulip, rose, 3, 'exclude'),
    image(tulip, tulip, 1, 'keep'),
    image(rose, rose, 0.05),
    image(rose, null, null),
  ],
  [tulip, rose],
);

test('counts given against predicted classes in the order asked for, without excluded and unranked images', () => {
  expect(insights.classes).toEqual([tulip, rose]);
  expect(insights.confusion).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

test('bins go from no loss to the highest, and each image is in one', () => {
  const { edges, histogram, reviewed } = insights;
  expect([edges[0], edges[10], edges.at(-1)]).toEqual([0, 1, 4]);
  expect(edges).toHaveLength(reviewed.length + 1);
  expect(filled(histogram.find((row) => row.class === rose)?.counts ?? [])).toEqual([
    [0, 1],
    [39, 2],
  ]);
  expect(filled(reviewed)).toEqual([
    [10, 1],
    [39, 1],
  ]);
});

test('the curve has each rank where there are few, and both its ends where there are many', () => {
  expect(insights.curve).toEqual([
    { rank: 1, loss: 4 },
    { rank: 2, loss: 3.95 },
    { rank: 3, loss: 1 },
    { rank: 4, loss: 0.05 },
  ]);
  const long = Array.from({ length: 10_000 }, (_, i) => image(rose, rose, 10_000 - i));
  const { curve } = readInsights(long, [rose]);
  expect(curve).toHaveLength(400);
  expect(curve[0]).toEqual({ rank: 1, loss: 10_000 });
  expect(curve.at(-1)).toEqual({ rank: 10_000, loss: 1 });
  expect(new Set(curve.map(({ rank }) => rank)).size).toBe(400);
});

test('an empty project has empty pictures', () => {
  const { confusion, curve, reviewed } = readInsights([], [rose]);
  expect(confusion).toEqual([[0]]);
  expect(curve).toEqual([]);
  expect(reviewed.every((count) => count === 0)).toBe(true);
});
