import { expect, test } from 'vitest';
import type { ClassId, ImageId, Label, Verdict } from '../../../shared/domain.ts';
import { createRanking, type Ranking } from './ranking.ts';
import { oddsAgainst, Outlook, type Suspect } from './stop.ts';

const [rose, tulip, violet, lily] = [1, 2, 3, 4].map((id) => id as ClassId) as [
  ClassId,
  ClassId,
  ClassId,
  ClassId,
];

/** A ranking of images by the probability of their label and those of two suggestions. */
function rankingOf(
  images: readonly { readonly probability: number; readonly suggestions: readonly [ClassId, number][] }[],
): Ranking {
  const suggestions = images.flatMap((image) => image.suggestions);
  const probability = images.map((image) => image.probability);
  return createRanking(
    {
      images: Int32Array.from(images, (_, i) => i + 1),
      loss: Float32Array.from(probability, (p) => -Math.log(p)),
      probability: Float32Array.from(probability),
      predicted: new Int32Array(images.length),
      perImage: 2,
      suggestedClasses: Int32Array.from(suggestions, ([id]) => id),
      suggestedProbabilities: Float32Array.from(suggestions, ([, p]) => p),
    },
    1,
  );
}

const one = rankingOf([
  {
    probability: 0.2,
    suggestions: [
      [tulip, 0.6],
      [violet, 0.15],
    ],
  },
]);
const odds = (now: Label, label: Label, multiLabel = false) =>
  oddsAgainst(one.scores, 0, now, label, multiLabel);

test('the odds against a label are those of the best other class', () => {
  expect(odds([rose], [rose])).toBeCloseTo(Math.log(0.6 / 0.2), 5);
});

test('against a label that was changed they are found among the suggestions for the new one', () => {
  expect(odds([rose], [tulip])).toBeCloseTo(Math.log(0.2 / 0.6), 5);
  expect(odds([rose], [violet])).toBeCloseTo(Math.log(0.6 / 0.15), 5);
  // Not among them: no more probable than the last.
  expect(odds([rose], [lily])).toBeCloseTo(Math.log(0.6 / 0.15), 5);
});

test('several classes stand against all other sets of them, and one without a label against nothing', () => {
  expect(odds([rose, lily], [rose, lily], true)).toBeCloseTo(Math.log(0.8 / 0.2), 5);
  expect(odds([rose], [tulip], true)).toBeNull();
  expect(odds([rose], [])).toBeNull();
});

/** Ten labels that are hardly possible on top, ninety that are certain below. */
function outlook(multiLabel: boolean) {
  const probabilities = [...Array<number>(10).fill(0.002), ...Array<number>(90).fill(0.995)];
  const ranking = rankingOf(
    probabilities.map((probability, i) => ({
      probability,
      suggestions: [
        [i % 2 === 0 ? tulip : rose, (1 - probability) * 0.9],
        [violet, (1 - probability) * 0.1],
      ],
    })),
  );
  const images = probabilities.map((_, i): Suspect => {
    const label = [i % 2 === 0 ? rose : tulip];
    return {
      id: (i + 1) as ImageId,
      label,
      rank: i + 1,
      odds: oddsAgainst(ranking.scores, i, label, label, multiLabel),
      verdict: null,
      decidedAt: null,
    };
  });
  return { images, outlook: new Outlook(ranking, images, multiLabel) };
}

const decided = (image: Suspect, verdict: Verdict, decidedAt: number): Suspect => ({
  ...image,
  verdict,
  decidedAt,
});

test.each([
  ['one class an image', false],
  ['several classes an image', true],
])('looking is worthwhile down to the last label that is probably wrong: %s', (_, multiLabel) => {
  const { images, outlook: made } = outlook(multiLabel);
  const { errorsLeft, low, high, worthwhile } = made.signal([]);
  expect(errorsLeft).toBeGreaterThan(8);
  expect(errorsLeft).toBeLessThan(12);
  expect(low).toBeLessThan(10);
  expect(high).toBeGreaterThan(10);
  expect(worthwhile).toBe(10);

  const verdicts = images.slice(0, 4).map((image, i) => decided(image, 'relabel', i));
  for (const image of verdicts) made.follow(image);
  const after = made.signal(verdicts);
  expect(after.errorsLeft).toBeGreaterThan(4);
  expect(after.errorsLeft).toBeLessThan(8);
  expect(after.worthwhile).toBe(10);
});

test('where the worst turn out to be right, fewer are expected and it is not worthwhile to go on', () => {
  const { images, outlook: made } = outlook(false);
  const verdicts = images.slice(0, 8).map((image, i) => decided(image, 'keep', i));
  for (const image of verdicts) made.follow(image);
  const { errorsLeft, worthwhile } = made.signal(verdicts);
  expect(errorsLeft).toBeLessThan(1.5);
  expect(worthwhile).toBe(0);
});

test('when everything was looked at, nothing is left and nothing is known of what is worthwhile', () => {
  const { images, outlook: made } = outlook(false);
  const verdicts = images.map((image, i) => decided(image, 'keep', i));
  for (const image of verdicts) made.follow(image);
  expect(made.signal(verdicts)).toMatchObject({ errorsLeft: 0, low: 0, high: 0, worthwhile: null });
});
