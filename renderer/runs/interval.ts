// The 95 % interval of a share that was counted on n images (Wilson 1927): honest near 0 and 1 and for few images.

export function wilson(share: number, n: number): { readonly low: number; readonly high: number } {
  const z = 1.959964;
  const scale = 1 + (z * z) / n;
  const centre = (share + (z * z) / (2 * n)) / scale;
  const reach = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / scale;
  return { low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}
