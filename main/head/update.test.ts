import { expect, test } from 'vitest';
import { createGemm, type Gemm } from '../math/gemm.ts';
import { Design } from './design.ts';
import type { Labels } from './labels.ts';
import { leaveOut, predictLeftOut } from './predictions.ts';
import { estimateAll, normalEquations, ridgeInverse } from './ridge.ts';
import { clouds, memorySource, predictByRefitting, relativeError, replaceRows } from './testing.ts';
import { updateFit } from './update.ts';

const lambda = 12;

async function fit(gemm: Gemm, design: Design, labels: Labels) {
  const { gram, classSums } = await normalEquations(gemm, design, labels);
  const inverse = await ridgeInverse(gemm, gram, lambda);
  return { inverse, ...(await estimateAll(gemm, design, inverse, classSums)) };
}

test('predicts to nine digits what a model gives that was refitted without the image, before and after changes', async () => {
  const gemm = await createGemm();
  const { vectors, labels } = clouds(40, 8, 3);
  const design = new Design(memorySource(vectors));
  const before = replaceRows(labels, {
    2: { classes: [2], included: false },
    6: { classes: [], included: true },
  });
  const changes = [
    { row: 2, classes: [2], included: true },
    { row: 5, classes: [0], included: true },
    { row: 6, classes: [1], included: true },
    { row: 9, classes: [0], included: false },
    { row: 20, classes: [], included: true },
  ];
  const after = replaceRows(before, Object.fromEntries(changes.map((change) => [change.row, change])));
  const leftOut = (labels: Labels, estimates: Awaited<ReturnType<typeof fit>>) =>
    labels.rows.flatMap((_, row) => {
      const target = new Float64Array(labels.classes);
      predictLeftOut({ labels: labels.rows, leftOut: leaveOut(labels), ...estimates }, row, target);
      return [...target];
    });

  const updated = await fit(gemm, design, before);
  const expectedBefore = predictByRefitting(vectors, before, lambda).flat();
  expect(relativeError(leftOut(before, updated), expectedBefore)).toBeLessThan(1e-9);

  await updateFit(gemm, design, updated, before.rows, changes);
  const expectedAfter = predictByRefitting(vectors, after, lambda).flat();
  expect(relativeError(leftOut(after, updated), expectedAfter)).toBeLessThan(1e-9);

  const fresh = await fit(gemm, design, after);
  expect(relativeError(updated.fitted.data, fresh.fitted.data)).toBeLessThan(1e-12);
  expect(relativeError(updated.leverage, fresh.leverage)).toBeLessThan(1e-12);
  expect(relativeError(updated.inverse.data, fresh.inverse.data)).toBeLessThan(1e-12);
  await gemm.release();
});
