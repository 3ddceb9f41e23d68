// How a label is stored: as the JSON array of its class ids, ascending, each once, so that equal labels are equal texts.
import type { Label } from '../../shared/domain.ts';

/** There are few different labels, and each of many thousands of rows has one. */
const parsed = new Map<string, Label>();

/** Reads what `formatLabel` wrote. */
export function parseLabel(stored: string): Label {
  const known = parsed.get(stored);
  if (known) return known;
  const label = JSON.parse(stored) as Label;
  parsed.set(stored, label);
  return label;
}

export function formatLabel(label: Label): string {
  return JSON.stringify([...new Set(label)].toSorted((a, b) => a - b));
}
