// How a new ranking reaches a list that someone is working on: what they can see stays where it is.

/** `shown` up to `frozen` places stays; the rest follows in the `fresh` order, nothing twice. */
export function mergeOrder<Id>(shown: readonly Id[], frozen: number, fresh: readonly Id[]): readonly Id[] {
  const kept = shown.slice(0, frozen);
  const seen = new Set(kept);
  return [...kept, ...fresh.filter((id) => !seen.has(id))];
}

/** How many images the fresh order would put above the fold that are not there. */
export function countMovedUp<Id>(shown: readonly Id[], frozen: number, fresh: readonly Id[]): number {
  const freshIds = new Set(fresh);
  const above = new Set(shown.slice(0, frozen).filter((id) => freshIds.has(id)));
  return fresh.slice(0, above.size).filter((id) => !above.has(id)).length;
}
