import { expect, test } from 'vitest';
import { createRandom } from '../../math/random.ts';
import { binOf, errorPrior, estimateErrors, learnErrors, oddsBins } from './errorModel.ts';

const histogram = (odds: readonly number[]) => {
  const bins = new Float64Array(oddsBins);
  for (const value of odds) bins[binOf(value)] = (bins[binOf(value)] ?? 0) + 1;
  return bins;
};

/** Images whose labels are wrong with log odds a + b·x, worst first. */
function drawSet(images: number, a: number, b: number, seed: number) {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: images }, () => {
    const odds = -3 + 3 * normal();
    return { odds, wrong: random() < 1 / (1 + Math.exp(-(a + b * odds))) };
  }).toSorted((x, y) => y.odds - x.odds);
}

const wrongIn = (set: readonly { readonly wrong: boolean }[]) => set.filter(({ wrong }) => wrong).length;

test('before any verdict it expects what was counted', () => {
  const odds = drawSet(2000, -2, 1, 1).map((image) => image.odds);
  for (const count of [1, 30, 300]) {
    const { errors, low, high } = estimateErrors(errorPrior(histogram(odds), count), histogram(odds));
    expect(errors).toBeCloseTo(count, 1);
    expect(low).toBeLessThan(count / 1.4);
    expect(high).toBeGreaterThan(count * 1.4);
  }
});

test('verdicts on the worst correct a count that was twice too high or too low', () => {
  const set = drawSet(5000, -1.5, 1, 2);
  const [seen, rest] = [set.slice(0, 600), set.slice(600)];
  const odds = histogram(rest.map((image) => image.odds));
  for (const factor of [0.5, 2]) {
    const prior = errorPrior(histogram(set.map((image) => image.odds)), factor * wrongIn(set));
    const { errors } = estimateErrors(learnErrors(prior, seen), odds);
    expect(errors / wrongIn(rest)).toBeGreaterThan(1 / 1.5);
    expect(errors / wrongIn(rest)).toBeLessThan(1.5);
  }
});

test('nine of ten ranges hold the truth, over sets whose count was off by as much as is expected', () => {
  const random = createRandom(3);
  let held = 0;
  const sets = 200;
  for (let i = 0; i < sets; i++) {
    const set = drawSet(1000, -2 + random(), 0.8 + 0.4 * random(), 100 + i);
    const count = wrongIn(set) * Math.exp(0.6 * (random() - 0.5));
    const prior = errorPrior(histogram(set.map((image) => image.odds)), count);
    const [seen, rest] = [set.slice(0, 150), set.slice(150)];
    const { low, high } = estimateErrors(
      learnErrors(prior, seen),
      histogram(rest.map((image) => image.odds)),
    );
    if (low <= wrongIn(rest) && wrongIn(rest) <= high) held += 1;
  }
  expect(held / sets).toBeGreaterThan(0.85);
});

test('without images, or with all of them reviewed, none are left', () => {
  expect(estimateErrors(errorPrior(histogram([]), 10), histogram([]))).toEqual({
    errors: 0,
    low: 0,
    high: 0,
  });
});

test('a thousand verdicts of one kind give a finite model', () => {
  const odds = drawSet(1000, 0, 1, 4).map((image) => image.odds);
  for (const wrong of [true, false]) {
    const model = learnErrors(
      errorPrior(histogram(odds), 100),
      odds.map((value) => ({ odds: value, wrong })),
    );
    const { errors } = estimateErrors(model, histogram(odds));
    expect(errors).toBeGreaterThanOrEqual(0);
    expect(errors).toBeLessThanOrEqual(1000);
    expect(errors > 500).toBe(wrong);
  }
});
