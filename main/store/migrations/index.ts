// The steps from an empty file to today's schema. A step is never edited after a release: a change is a new step.
import type { Database } from 'better-sqlite3';
import { initial } from './0010-initial.ts';
import { classChanges } from './0020-class-changes.ts';
import { fileMoves } from './0040-file-moves.ts';
import { systemTrash } from './0050-system-trash.ts';
import { scoreColumns } from './0051-score-columns.ts';
import { unrankedIndex } from './0052-unranked-index.ts';
import type { Migration } from './migration.ts';

export const migrations: readonly Migration[] = [
  initial,
  classChanges,
  fileMoves,
  systemTrash,
  scoreColumns,
  unrankedIndex,
];

/** The version that this Toploss writes. */
export const schemaVersion = Math.max(...migrations.map(({ version }) => version));

/** Runs the steps that the file does not have yet, in one transaction: the old schema or the new one, never between. */
export function migrate(db: Database, upTo = schemaVersion): void {
  db.transaction(() => {
    for (const { version, sql, convert } of migrations) {
      if (version <= storedVersion(db) || version > upTo) continue;
      db.exec(sql);
      convert?.(db);
      db.pragma(`user_version = ${version}`);
    }
  }).immediate();
}

export function storedVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}
