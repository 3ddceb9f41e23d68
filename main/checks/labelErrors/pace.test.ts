import { expect, test } from 'vitest';
import type { Verdict } from '../../../shared/domain.ts';
import { hitRate, inOrder, pace, recentHits } from './pace.ts';

const second = 1000;
const given = (times: readonly number[], verdict: Verdict = 'keep') =>
  times.map((decidedAt) => ({ verdict, decidedAt }));

test('a verdict every two seconds is a pace of thirty a minute', () => {
  expect(pace(given([0, 2, 4, 6, 8, 10].map((at) => at * second)))).toBeCloseTo(30);
});

test('there is no pace before five verdicts, nor where they came as one', () => {
  expect(pace(given([1, 2, 3, 4]))).toBeNull();
  expect(pace(given([7, 7, 7, 7, 7]))).toBeNull();
});

test('breaks do not count', () => {
  const morning = [0, 1, 2, 3].map((at) => at * second);
  const evening = [0, 1, 2, 3].map((at) => (at + 36_000) * second);
  expect(pace(given([...morning, ...evening]))).toBeCloseTo(60);
});

test('only the last five minutes of activity count', () => {
  const slow = Array.from({ length: 20 }, (_, i) => i * 30 * second);
  const quick = Array.from({ length: 400 }, (_, i) => (600 + i) * second);
  expect(pace(given([...slow, ...quick]))).toBeCloseTo(60);
});

test('the hit rate is that of the last fifty verdicts that say whether the label is right', () => {
  const verdicts = inOrder([
    ...given([1, 2, 3], 'unsure'),
    ...given(
      Array.from({ length: 40 }, (_, i) => 200 + i),
      'keep',
    ),
    ...given(
      Array.from({ length: 20 }, (_, i) => 100 + i),
      'relabel',
    ),
  ]);
  const hits = recentHits(verdicts);
  expect(hits).toHaveLength(50);
  expect(hits[0]).toBe(true);
  expect(hitRate(hits)).toBeCloseTo(0.2);
  expect(hitRate(hits.slice(0, 9))).toBeNull();
});
