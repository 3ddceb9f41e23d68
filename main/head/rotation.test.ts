import { expect, test } from 'vitest';
import { createGemm } from '../math/gemm.ts';
import { Design } from './design.ts';
import { fitHead } from './head.ts';
import { rotate } from './rotation.ts';
import type { Labels } from './labels.ts';
import { clouds, memorySource, predictByRefitting, relativeError, replaceRows } from './testing.ts';
import { estimateAll, normalEquations, ridgeInverse } from './ridge.ts';
import { leaveOut, predictLeftOut } from './predictions.ts';
import { updateFit } from './update.ts';

const lambda = 12;

/** 24 images: some are equal, some columns vary little or not at all. */
function alike() {
  const { vectors, labels } = clouds(24, 40, 3);
  const images = vectors.map((vector, row) => [
    ...(row % 8 === 0 ? (vectors[0] ?? []) : vector),
    7,
    row === 3 ? 1 : 0,
  ]);
  const given = replaceRows(labels, {
    2: { classes: [2], included: false },
    6: { classes: [], included: true },
  });
  return { images, labels: given };
}

test('gives the predictions of the design itself with no more columns than images, also after changes', async () => {
  const gemm = await createGemm();
  const { images, labels } = alike();
  // The plain solution has no use for a column that does not vary.
  const varying = images.map((vector) => vector.filter((_, k) => k !== 40));
  const design = await rotate(gemm, new Design(memorySource(images)));
  // Of the 24 images three are equal, which takes two, the mean takes one, and the constant is added.
  expect(design.columns).toBe(22);

  const { gram, classSums } = await normalEquations(gemm, design, labels);
  const inverse = await ridgeInverse(gemm, gram, lambda);
  const fit = { inverse, ...(await estimateAll(gemm, design, inverse, classSums)) };
  const leftOut = (given: Labels) =>
    given.rows.flatMap((_, row) => {
      const target = new Float64Array(labels.classes);
      predictLeftOut({ labels: given.rows, leftOut: leaveOut(given), ...fit }, row, target);
      return [...target];
    });
  expect(relativeError(leftOut(labels), predictByRefitting(varying, labels, lambda).flat())).toBeLessThan(
    1e-9,
  );

  const changes = [
    { row: 2, classes: [2], included: true },
    { row: 5, classes: [0], included: true },
    { row: 9, classes: [0], included: false },
  ];
  await updateFit(gemm, design, fit, labels.rows, changes);
  const after = replaceRows(labels, Object.fromEntries(changes.map((change) => [change.row, change])));
  expect(relativeError(leftOut(after), predictByRefitting(varying, after, lambda).flat())).toBeLessThan(1e-9);
  await gemm.release();
});

test('keeps how similar images are', async () => {
  const gemm = await createGemm();
  const design = new Design(memorySource(alike().images));
  const rotated = await rotate(gemm, design);
  const others = [0, 3, 8, 20];
  expect(relativeError(rotated.similarities(5, others), design.similarities(5, others))).toBeLessThan(1e-12);
  expect(rotated.similarities(0, [8])[0]).toBeCloseTo(1, 12);
  await gemm.release();
});

test('ranks fewer images than features that all look the same', async () => {
  const gemm = await createGemm();
  const { labels } = clouds(6, 1, 2);
  const same = Array.from({ length: 6 }, () => Array.from({ length: 20 }, (_, k) => k));
  const head = await fitHead(gemm, memorySource(same), labels, { seed: 1 });
  await head.update([{ row: 5, classes: [0], included: true }]);
  const { loss } = head.scores();
  expect(loss.every((value) => Number.isFinite(value))).toBe(true);
  expect(loss.indexOf(Math.max(...loss))).toBe(1);
  await gemm.release();
});
