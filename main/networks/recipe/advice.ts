// What the curves say when a training is done. There is no early stopping: a cycle that is cut off has not annealed, so
// a training that went on for too long is made anew with fewer epochs (chapter 5 of the fastai book).

/** A validation loss that has risen by less since its minimum has not turned: it wavers. */
const turned = 1.01;

/**
 * @param validLosses of each fold, epoch by epoch.
 * @param freezeEpochs of these, at the start.
 * @returns with how many epochs to train again from scratch; null where the loss was still falling at the end.
 */
export function recommendEpochs(
  validLosses: readonly (readonly number[])[],
  freezeEpochs: number,
): number | null {
  const [first = []] = validLosses;
  const means = first.map(
    (_, epoch) =>
      validLosses.reduce((sum, losses) => sum + (losses[epoch] ?? Number.NaN), 0) / validLosses.length,
  );
  const last = means.at(-1) ?? Number.NaN;
  const least = Math.min(...means);
  if (!(last > least * turned)) return null;
  return Math.max(1, means.indexOf(least) + 1 - freezeEpochs);
}
