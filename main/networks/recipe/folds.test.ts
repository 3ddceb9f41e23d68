import { expect, test } from 'vitest';
import { assignFolds } from './folds.ts';

const strata = Array.from({ length: 100 }, (_, item) =>
  item < 70 ? 'rose' : item < 91 ? 'tulip' : 'violet',
);

const countIn = (folds: Int32Array, fold: number, stratum?: string) =>
  folds.filter((f, item) => f === fold && (stratum === undefined || strata[item] === stratum)).length;

test('every fold has its share of each class, to one image', () => {
  const folds = assignFolds(strata, 3, 1);
  for (const fold of [0, 1, 2]) {
    expect(Math.abs(countIn(folds, fold) - 100 / 3)).toBeLessThan(1);
    expect(Math.abs(countIn(folds, fold, 'rose') - 70 / 3)).toBeLessThan(1);
    expect(countIn(folds, fold, 'tulip')).toBe(7);
    expect(countIn(folds, fold, 'violet')).toBe(3);
  }
});

test('the seed decides, and nothing else', () => {
  expect(assignFolds(strata, 3, 7)).toEqual(assignFolds(strata, 3, 7));
  expect(assignFolds(strata, 3, 7)).not.toEqual(assignFolds(strata, 3, 8));
});
