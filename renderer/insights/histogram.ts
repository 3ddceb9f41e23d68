// Numbers behind the charts of losses. Pure: it draws nothing and asks for nothing.
import type { ClassId, Insights } from '../../shared/contract.ts';

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Of these; null where it is not known: for a single class. */
  readonly reviewed: number | null;
}

/** Images by loss, of one class or of all. */
export function bins({ edges, histogram, reviewed }: Insights, of: ClassId | null): readonly Bin[] {
  const rows = histogram.filter((row) => of === null || row.class === of);
  return edges.slice(1).map((to, place) => ({
    from: edges[place] ?? 0,
    to,
    images: rows.reduce((sum, { counts }) => sum + (counts[place] ?? 0), 0),
    reviewed: of === null ? (reviewed[place] ?? 0) : null,
  }));
}

/** The share of the images near a loss that somebody has looked at. */
export function reviewedShare(insights: Insights): (loss: number) => number {
  const all = bins(insights, null);
  const shares = all.map(({ images, reviewed }) => Math.min(1, (reviewed ?? 0) / Math.max(1, images)));
  return (loss) => shares[all.findIndex(({ to }) => loss <= to)] ?? 0;
}

/** Classes in the order of how many of their images are predicted as another, or others as them, most first. */
export function byConfusion({ classes, confusion }: Insights): readonly number[] {
  const confused = (of: number): number =>
    classes.reduce(
      (sum, _, other) =>
        other === of ? sum : sum + (confusion[of]?.[other] ?? 0) + (confusion[other]?.[of] ?? 0),
      0,
    );
  const amounts = classes.map((_, place) => confused(place));
  return classes.map((_, place) => place).toSorted((a, b) => (amounts[b] ?? 0) - (amounts[a] ?? 0) || a - b);
}
