export function quantile(measured: readonly number[], share: number): number {
  const sorted = measured.toSorted((a, b) => a - b);
  return rounded(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN);
}

/** To three digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
