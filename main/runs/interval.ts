// How far a share that was counted on some images may be from the true one.

/** The quantile of the normal distribution that leaves 2.5 % on each side. */
const z = 1.959964;

/**
 * The 95 % interval of Wilson (1927) for a share of `total`: it stays within 0 and 1, and holds for small numbers too.
 * Null where nothing was counted.
 */
export function wilsonInterval(hits: number, total: number): [low: number, high: number] | null {
  if (total === 0) return null;
  const share = hits / total;
  const middle = (share + z ** 2 / (2 * total)) / (1 + z ** 2 / total);
  const half = ((z / total) * Math.sqrt(total * share * (1 - share) + z ** 2 / 4)) / (1 + z ** 2 / total);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
