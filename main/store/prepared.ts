// Statements are compiled once a database: to compile one takes longer than to run it, and what it takes (about ten
// kilobytes) is only given back when garbage is collected, which does not see it.
import type { Db } from './open.ts';

/** The statement for a database; `Bound` is what it is run with, as a tuple, and `Row` what it gives. */
export function prepared<Bound extends unknown[], Row = unknown>(sql: string) {
  const prepare = (db: Db) => db.prepare<Bound, Row>(sql);
  const kept = new WeakMap<Db, ReturnType<typeof prepare>>();
  return (db: Db): ReturnType<typeof prepare> => {
    const known = kept.get(db);
    if (known) return known;
    const made = prepare(db);
    kept.set(db, made);
    return made;
  };
}
