import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGemm, type Gemm } from '../math/gemm.ts';
import { fitHead, type HeadParameters } from './head.ts';
import type { LabelChange, Labels } from './labels.ts';
import type { RowScores } from './scores.ts';
import {
  clouds,
  memorySource,
  oneClassEach,
  predictByRefitting,
  relativeError,
  replaceRows,
} from './testing.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await createGemm();
});
afterAll(() => gemm.release());

/** Losses of the given labels from predictions, written down from the definition. */
function losses(predictions: number[][], labels: Labels, { slope, offset }: HeadParameters): number[] {
  return labels.rows.map(({ classes }, row) => {
    const logits = (predictions[row] ?? []).map((value) => slope * value + offset);
    if (!labels.multiLabel) {
      const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
      return -Math.log(Math.exp(logits[classes[0] ?? 0] ?? 0) / sum);
    }
    return logits.reduce((loss, logit, k) => {
      const probability = 1 / (1 + Math.exp(-logit));
      return loss - Math.log(classes.includes(k) ? probability : 1 - probability);
    }, 0);
  });
}

const worstRelative = (actual: ArrayLike<number>, expected: readonly number[]) =>
  Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? NaN) - value) / value));

test.for([
  ['more images than features', clouds(40, 8, 3)],
  ['fewer images than features', clouds(20, 33, 3)],
  [
    'features without negative numbers',
    { ...clouds(40, 8, 3), vectors: clouds(40, 8, 3).vectors.map((v) => v.map((x) => Math.fround(x * x))) },
  ],
] as const)('gives each image the loss of a model that was refitted without it: %s', async ([, data]) => {
  const head = await fitHead(gemm, memorySource(data.vectors), data.labels, { seed: 1 });
  const expected = losses(
    predictByRefitting(data.vectors, data.labels, head.parameters.lambda),
    data.labels,
    head.parameters,
  );
  const { loss, probability, meanLoss } = head.scores();
  expect(worstRelative(loss, expected)).toBeLessThan(1e-6);
  expect(
    worstRelative(
      probability,
      expected.map((value) => Math.exp(-value)),
    ),
  ).toBeLessThan(1e-6);
  expect(meanLoss).toBeCloseTo(expected.reduce((sum, value) => sum + value, 0) / expected.length, 9);
});

test('gives each image of a multi-label set the loss of a model that was refitted without it', async () => {
  const { vectors, labels } = multiLabelClouds();
  const head = await fitHead(gemm, memorySource(vectors), labels, { seed: 1 });
  const expected = losses(
    predictByRefitting(vectors, labels, head.parameters.lambda),
    labels,
    head.parameters,
  );
  const { loss, probability } = head.scores();
  expect(worstRelative(loss, expected)).toBeLessThan(1e-6);
  expect(
    worstRelative(
      probability,
      expected.map((value) => Math.exp(-value)),
    ),
  ).toBeLessThan(1e-6);
});

const one = (row: number, k: number, included = true): LabelChange => ({ row, classes: [k], included });
const none = (row: number): LabelChange => ({ row, classes: [], included: true });

/** Groups of copies: of one class, of several, with an excluded and an unlabelled one among them, and of more than two. */
function withCopies(rows: number, columns: number) {
  const { vectors, labels } = clouds(rows, columns, 3);
  const copies = [
    [0, 3],
    [1, 5],
    [2, 4, 6],
    [7, 10, 13, 14],
  ];
  const copied = vectors.map(
    (vector, row) => vectors[copies.find((g) => g.includes(row))?.[0] ?? row] ?? vector,
  );
  const changed = replaceRows(labels, { 6: one(6, 0, false), 13: none(13) });
  return { vectors: copied, labels: { ...changed, copies } };
}

test.for([
  ['more images than features', withCopies(40, 8)],
  ['fewer images than features', withCopies(24, 40)],
] as const)(
  'gives copies the loss of a model that was refitted without all of them, also after changes: %s',
  async ([, { vectors, labels }]) => {
    const head = await fitHead(gemm, memorySource(vectors), labels, { seed: 1 });
    const changes = [one(0, 2), one(4, 1, false), one(6, 0), one(13, 1), none(10)];
    const after = replaceRows(labels, Object.fromEntries(changes.map((change) => [change.row, change])));
    for (const now of [labels, after]) {
      if (now === after) for (const change of changes) await head.update([change]);
      const predictions = predictByRefitting(vectors, now, head.parameters.lambda);
      const expected = losses(predictions, now, head.parameters);
      const { loss } = head.scores();
      for (const [row, { classes }] of now.rows.entries())
        if (classes.length > 0) expect(loss[row]).toBeCloseTo(expected[row] ?? NaN, 5);
    }
  },
);

test('a copy of a wrong image, in the same class or in another, leaves its loss as it was', async () => {
  const { vectors, labels } = clouds(90, 30, 3);
  const wrong = replaceRows(labels, { 30: one(30, 1) });
  const lossOf = async (
    rows: Labels['rows'],
    copies: Labels['copies'],
    given: { parameters?: HeadParameters } = {},
  ) => {
    const source = memorySource(rows.map((_, row) => vectors[row] ?? vectors[30] ?? []));
    const head = await fitHead(gemm, source, { ...wrong, rows, copies }, { seed: 1, ...given });
    return { loss: head.scores().loss[30] ?? NaN, parameters: head.parameters };
  };
  const alone = await lossOf(wrong.rows, []);
  for (const k of [1, 0]) {
    const copy = { classes: [k], included: true };
    // Standardising over one image more moves everything by a little.
    const copied = await lossOf([...wrong.rows, copy], [[30, 90]], alone);
    expect(Math.abs(copied.loss / alone.loss - 1)).toBeLessThan(0.02);
  }
  const vouched = await lossOf([...wrong.rows, one(90, 1)], [], alone);
  expect(vouched.loss).toBeLessThan(0.8 * alone.loss);
});

test('scores excluded images and images without a label by the model of all the others', async () => {
  const { vectors, labels } = clouds(40, 8, 3);
  const changed = replaceRows(labels, {
    3: { classes: [], included: true },
    8: { classes: [1], included: false },
  });
  const head = await fitHead(gemm, memorySource(vectors), changed, { seed: 1 });
  const predictions = predictByRefitting(vectors, changed, head.parameters.lambda);
  const expected = losses(predictions, changed, head.parameters);
  const { loss, probability, predicted, suggestedClasses } = head.scores();
  expect(loss[3]).toBeNaN();
  expect(probability[3]).toBeNaN();
  expect(predicted[3]).toBe((predictions[3] ?? []).indexOf(Math.max(...(predictions[3] ?? []))));
  expect(suggestedClasses.subarray(9, 12).toSorted()).toEqual(Int32Array.of(0, 1, 2));
  expect(loss[8]).toBeCloseTo(expected[8] ?? NaN, 5);

  const other = replaceRows(changed, { 8: { classes: [2], included: false } });
  const again = await fitHead(gemm, memorySource(vectors), other, { seed: 1 });
  expect(again.parameters).toEqual(head.parameters);
});

test('chooses the λ and the slope with the lowest leave-one-out loss', async () => {
  const { vectors, labels } = clouds(36, 6, 3);
  const { parameters } = await fitHead(gemm, memorySource(vectors), labels, { seed: 1 });
  const meanLoss = (lambda: number, slope: number) => {
    const all = losses(predictByRefitting(vectors, labels, lambda), labels, { lambda, slope, offset: 0 });
    return all.reduce((sum, value) => sum + value, 0) / all.length;
  };
  const best = meanLoss(parameters.lambda, parameters.slope);
  for (const factor of [0.95, 1.05])
    expect(meanLoss(parameters.lambda, parameters.slope * factor)).toBeGreaterThan(best);

  const slopes = Array.from({ length: 25 }, (_, i) => parameters.slope * 1.1 ** (i - 12));
  const grid = Array.from({ length: 13 }, (_, i) => vectors.length * 2 ** (i - 6));
  const lowest = grid.map((lambda) => Math.min(...slopes.map((slope) => meanLoss(lambda, slope))));
  expect(best).toBeLessThan(Math.min(...lowest) + 1e-3);
  const bruteForce = grid[lowest.indexOf(Math.min(...lowest))] ?? NaN;
  expect(Math.abs(Math.log2(parameters.lambda / bruteForce))).toBeLessThan(0.6);
});

test('chooses slope and offset of a multi-label set by its leave-one-out loss', async () => {
  const { vectors, labels } = multiLabelClouds();
  const { parameters } = await fitHead(gemm, memorySource(vectors), labels, { seed: 1 });
  const predictions = predictByRefitting(vectors, labels, parameters.lambda);
  const total = (slope: number, offset: number) =>
    losses(predictions, labels, { ...parameters, slope, offset }).reduce((sum, value) => sum + value, 0);
  const { slope, offset } = parameters;
  const best = total(slope, offset);
  for (const step of [-0.05, 0.05]) {
    expect(total(slope + step, offset)).toBeGreaterThan(best);
    expect(total(slope, offset + step)).toBeGreaterThan(best);
  }
});

const bulk = (rows: number) => Array.from({ length: rows }, (_, i) => one(i * 2, (i + 1) % 3));

test.for<[string, LabelChange[][]]>([
  ['a relabel', [[one(5, 0)]]],
  ['an exclusion', [[one(5, 2, false)]]],
  ['an exclusion taken back', [[one(5, 2, false)], [one(5, 2)]]],
  ['an exclusion with another label', [[one(5, 0, false)], [one(5, 1, false)], [one(5, 1)]]],
  ['a label taken off', [[none(7)]]],
  ['a first label', [[none(7)], [one(7, 0)]]],
  ['the last of several changes of one image', [[one(5, 0), one(5, 1, false), one(5, 1)]]],
  ['a bulk relabel', [bulk(50)]],
  ['a bulk relabel in several passes', [bulk(90)]],
  ['everything at once', [[...bulk(30), one(61, 0, false), one(63, 1, false), none(65)]]],
  ['exclusions in bulk', [Array.from({ length: 40 }, (_, i) => one(2 + i, (2 + i) % 3, false))]],
  ['so many that it fits anew', [bulk(120)]],
])('follows %s as a new fit would', async ([, steps]) => {
  const { vectors, labels } = clouds(300, 210, 3);
  const source = memorySource(vectors, 64);
  const head = await fitHead(gemm, source, labels, { seed: 1 });
  for (const changes of steps) await head.update(changes);
  const after = replaceRows(labels, Object.fromEntries(steps.flat().map((change) => [change.row, change])));
  const fresh = await fitHead(gemm, source, after, { seed: 1, parameters: head.parameters });
  expectSame(head.scores(), fresh.scores());
});

test('follows a new class as a new fit would', async () => {
  const { vectors, labels } = clouds(40, 8, 3);
  const head = await fitHead(gemm, memorySource(vectors), labels, { seed: 1 });
  await head.update([one(4, 3), one(7, 3)], 4);
  const after = { ...replaceRows(labels, { 4: one(4, 3), 7: one(7, 3) }), classes: 4 };
  const fresh = await fitHead(gemm, memorySource(vectors), after, { seed: 1, parameters: head.parameters });
  expectSame(head.scores(), fresh.scores());
});

test('follows changes of a multi-label set as a new fit would', async () => {
  const { vectors, labels } = multiLabelClouds();
  const head = await fitHead(gemm, memorySource(vectors), labels, { seed: 1 });
  const changes = [
    { row: 3, classes: [0, 2], included: true },
    { row: 9, classes: [1], included: false },
    { row: 11, classes: [], included: true },
  ];
  await head.update(changes);
  const after = replaceRows(labels, Object.fromEntries(changes.map((change) => [change.row, change])));
  const fresh = await fitHead(gemm, memorySource(vectors), after, { seed: 1, parameters: head.parameters });
  expectSame(head.scores(), fresh.scores());
});

test('stays with a new fit through hundreds of changes', async () => {
  const { vectors, labels } = clouds(120, 30, 4);
  const head = await fitHead(gemm, memorySource(vectors), labels, { seed: 1 });
  let after = labels;
  for (let i = 0; i < 400; i++) {
    const change = one((i * 37) % 120, (i * 7) % 4, i % 3 !== 0);
    await head.update([change]);
    after = replaceRows(after, { [change.row]: change });
  }
  const fresh = await fitHead(gemm, memorySource(vectors), after, { seed: 1, parameters: head.parameters });
  expectSame(head.scores(), fresh.scores());
});

test('refuses changes that leave one class, and goes on as before', async () => {
  const { vectors } = clouds(6, 4, 2);
  const head = await fitHead(gemm, memorySource(vectors), oneClassEach([0, 0, 0, 0, 0, 1], 2), { seed: 1 });
  const before = head.scores();
  await expect(head.update([one(5, 1, false)])).rejects.toMatchObject({ code: 'empty' });
  await expect(head.update([one(6, 1)])).rejects.toThrow('there is no row 6');
  await expect(head.update([one(5, 2)])).rejects.toThrow('row 5 has class 2, and there are 2');
  expect(head.scores()).toEqual(before);
});

test('ranks a class with a single image, columns that do not vary and equal images', async () => {
  const { vectors } = clouds(12, 5, 2);
  const odd = vectors.map((vector, i) => [7, ...(i < 3 ? (vectors[0] ?? []) : vector), 0.1]);
  const labels = oneClassEach([0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2], 3);
  const { loss, suggestedClasses } = (await fitHead(gemm, memorySource(odd), labels, { seed: 1 })).scores();
  expect(loss.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
  expect([...suggestedClasses.subarray(33)].toSorted()).toEqual([-1, 0, 1]);
});

test('ranks images that all look the same', async () => {
  const vectors = Array.from({ length: 6 }, () => [1, 2, 3]);
  const head = await fitHead(gemm, memorySource(vectors), oneClassEach([0, 0, 0, 0, 1, 1], 2), { seed: 1 });
  const { loss } = head.scores();
  expect(loss.every((value) => Number.isFinite(value))).toBe(true);
  expect(loss[5]).toBeGreaterThanOrEqual(loss[0] ?? NaN);
});

test('says what is missing where there are no two classes, and where features are not numbers', async () => {
  const { vectors } = clouds(6, 4, 2);
  const one = fitHead(gemm, memorySource(vectors), oneClassEach([0, 0, 0, 0, 0, 0], 2), { seed: 1 });
  await expect(one).rejects.toMatchObject({ code: 'empty' });
  const broken = vectors.map((vector, i) => (i === 4 ? vector.map(() => NaN) : vector));
  const wrong = fitHead(gemm, memorySource(broken), oneClassEach([0, 1, 0, 1, 0, 1], 2), { seed: 1 });
  await expect(wrong).rejects.toMatchObject({ code: 'bad-backbone' });
});

test('suggests the best classes that were not given, best first', async () => {
  const { vectors, labels } = clouds(120, 12, 12);
  const { suggestedClasses, suggestedProbabilities, perImage, predicted, loss, probability } = (
    await fitHead(gemm, memorySource(vectors), labels, { seed: 1 })
  ).scores();
  expect(perImage).toBe(9);
  for (const row of labels.rows.keys()) {
    const classes = [...suggestedClasses.subarray(row * 9, row * 9 + 9)];
    const probabilities = [...suggestedProbabilities.subarray(row * 9, row * 9 + 9)];
    expect(new Set([...classes, row % 12]).size).toBe(10);
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
    expect(predicted[row]).toBe((probability[row] ?? 0) > (probabilities[0] ?? 0) ? row % 12 : classes[0]);
    expect(loss[row]).toBeCloseTo(-Math.log(probability[row] ?? NaN), 5);
  }
});

test('gives the same bytes for the same seed', async () => {
  const { vectors, labels } = clouds(1500, 20, 3);
  const run = async (seed: number) => {
    const head = await fitHead(gemm, memorySource(vectors, 512), labels, { seed });
    await head.update([one(4, 0), one(8, 1, false)]);
    return { parameters: head.parameters, scores: head.scores() };
  };
  const first = await run(1);
  expect(await run(1)).toEqual(first);
  expect((await run(2)).parameters.lambda).not.toBe(first.parameters.lambda);
});

test('reports progress and stops when asked to', async () => {
  const { vectors, labels } = clouds(40, 8, 3);
  const progress: number[] = [];
  const onProgress = (done: number) => progress.push(done);
  await fitHead(gemm, memorySource(vectors), labels, { seed: 1, onProgress });
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
  const controller = new AbortController();
  const stopped = fitHead(gemm, memorySource(vectors), labels, {
    seed: 1,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('stopped')),
  });
  await expect(stopped).rejects.toThrow('stopped');
});

function multiLabelClouds() {
  const { vectors, labels } = clouds(40, 8, 4);
  // Every third image shows a second class, and has something of its features.
  const given = labels.rows.map((_, row) => (row % 3 === 0 ? [row % 4, (row + 1) % 4] : [row % 4]));
  const mixed = vectors.map((vector, row) =>
    row % 3 === 0 ? vector.map((value, k) => Math.fround(value + (vectors[row + 1]?.[k] ?? 0))) : vector,
  );
  const rows = given.map((classes) => ({ classes: classes.toSorted((a, b) => a - b), included: true }));
  return { vectors: mixed, labels: { multiLabel: true, classes: 4, rows, copies: [] } };
}

const orZero = (value: number) => (Number.isNaN(value) ? 0 : value);

/** Losses are stored in single precision. */
function expectSame(actual: RowScores, expected: RowScores): void {
  expect(relativeError(actual.loss.map(orZero), expected.loss.map(orZero))).toBeLessThan(1e-6);
  expect(relativeError(actual.suggestedProbabilities, expected.suggestedProbabilities)).toBeLessThan(1e-6);
  expect(actual.suggestedClasses).toEqual(expected.suggestedClasses);
  expect(actual.predicted).toEqual(expected.predicted);
  expect(actual.meanLoss).toBeCloseTo(expected.meanLoss, 9);
  expect(actual.accuracy).toBe(expected.accuracy);
}
