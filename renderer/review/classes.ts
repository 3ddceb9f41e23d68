// Which classes a few typed letters mean, likeliest first.
import type { ClassId, ClassInfo } from '../../shared/contract.ts';

/** With nothing typed: those used most recently, then by name. Else: by how well the name fits, then the same. */
export function matchClasses(
  classes: readonly ClassInfo[],
  recent: readonly ClassId[],
  typed: string,
): readonly ClassInfo[] {
  const query = folded(typed);
  return classes
    .map((info) => ({ info, fit: fit(folded(info.name), query), age: age(recent, info.id) }))
    .filter(({ fit }) => fit !== null)
    .toSorted(
      (a, b) => (a.fit ?? 0) - (b.fit ?? 0) || a.age - b.age || a.info.name.localeCompare(b.info.name),
    )
    .map(({ info }) => info);
}

/** True where typing this name means a class that is there already. */
export function isKnown(classes: readonly ClassInfo[], typed: string): boolean {
  return classes.some(({ name }) => folded(name) === folded(typed));
}

/** 0 the name, 1 its beginning, 2 the beginning of a word, 3 inside, 4 its letters in order; null: not at all. */
function fit(name: string, query: string): number | null {
  if (query === '' || name === query) return 0;
  if (name.startsWith(query)) return 1;
  if (name.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(query))) return 2;
  if (name.includes(query)) return 3;
  let found = 0;
  for (const letter of name) if (letter === query[found]) found += 1;
  return found === query.length ? 4 : null;
}

function age(recent: readonly ClassId[], id: ClassId): number {
  const place = recent.indexOf(id);
  return place < 0 ? recent.length : place;
}

function folded(text: string): string {
  return text.trim().normalize('NFKC').toLowerCase();
}
