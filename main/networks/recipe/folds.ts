// Which images are held out together: each class is spread evenly over the folds, by a seed.
import { createRandom } from '../../math/random.ts';

/**
 * The fold of each item, from 0. Items of one stratum are shuffled and dealt out in turn, and the next stratum goes on
 * with the fold where the last one stopped, so that all folds are of equal size to one item.
 * @param strata what is to be spread evenly: the label as a number or text.
 */
export function assignFolds(strata: readonly (string | number)[], folds: number, seed: number): Int32Array {
  const members = new Map<string | number, number[]>();
  strata.forEach((stratum, item) => {
    const items = members.get(stratum);
    if (items) items.push(item);
    else members.set(stratum, [item]);
  });
  const random = createRandom(seed);
  const foldOf = new Int32Array(strata.length);
  let next = 0;
  for (const items of members.values()) {
    for (let i = items.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [items[i], items[j]] = [items[j] ?? 0, items[i] ?? 0];
    }
    for (const item of items) foldOf[item] = next++ % folds;
  }
  return foldOf;
}
