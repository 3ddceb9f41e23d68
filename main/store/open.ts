// Opens labels.db, the one file of a project that cannot be recomputed. Knows how the file is kept safe
// (write-ahead log, synchronous FULL, a check at every start, backups), and nothing of what is in it.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import { migrate, schemaVersion, storedVersion } from './migrations/index.ts';

export type Db = Database.Database;

const backupsKept = 10;
const backupEveryMs = 24 * 3600_000;

/**
 * Opens or creates `labels.db` in the project's folder.
 * @throws Failure `damaged`, `newer-version`, `read-only`, `disk-full`: nothing was changed in these cases.
 */
export function openStore(folder: string): Db {
  const file = join(folder, 'labels.db');
  return explaining(file, folder, () => {
    const isNew = !existsSync(file);
    if (isNew) create(file);
    else check(file, folder);
    const db = new Database(file, { timeout: 5000, fileMustExist: true });
    try {
      db.pragma('journal_mode = WAL');
      // FULL: a label is on the disk when the key press is answered, even if the power fails then.
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
      if (storedVersion(db) < schemaVersion) backUp(db, folder, `before-schema-${schemaVersion}`);
      migrate(db);
      if (!isNew && needsBackup(folder)) backUp(db, folder, 'daily');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Makes the store under another name first: a `labels.db` that is there is whole, and an empty one is damaged. */
function create(file: string): void {
  const unfinished = `${file}.new`;
  for (const suffix of ['', '-journal']) rmSync(unfinished + suffix, { force: true });
  const db = new Database(unfinished);
  try {
    migrate(db);
  } finally {
    db.close();
  }
  // A log that has lost its store would be played into this one.
  rmSync(`${file}-wal`, { force: true });
  renameSync(unfinished, file);
}

/** Refuses a file that is damaged or too new, by a connection that cannot change it. */
function check(file: string, folder: string): void {
  if (statSync(file).size === 0) throw damaged(file, folder, 'it is empty');
  const db = new Database(file, { timeout: 5000, readonly: true });
  try {
    const version = storedVersion(db);
    if (version > schemaVersion) {
      throw new Failure(
        'newer-version',
        `${file} was written by a newer Toploss (schema ${version}, this one knows ${schemaVersion}). ` +
          'Nothing was changed. Open it with that version, or a newer one.',
      );
    }
    const found = String(db.pragma('quick_check(1)', { simple: true }));
    if (found !== 'ok') throw damaged(file, folder, found);
  } finally {
    db.close();
  }
}

/** Opens an existing `labels.db` to read it, beside a process that may be writing. */
export function openStoreReadOnly(folder: string): Db {
  const file = join(folder, 'labels.db');
  if (!existsSync(file)) {
    throw new Failure(
      'not-found',
      `There is no project in ${folder} yet. Make it with: toploss import DATASET`,
    );
  }
  return explaining(file, folder, () => {
    const db = new Database(file, { readonly: true, timeout: 5000 });
    if (storedVersion(db) !== schemaVersion) {
      db.close();
      // Opening it for writing brings it up to date, or says why it can't be.
      openStore(folder).close();
      return new Database(file, { readonly: true, timeout: 5000 });
    }
    return db;
  });
}

/** Runs `work`; what SQLite throws becomes a sentence about the file. */
export function explaining<T>(file: string, folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    const code = error.code;
    if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
      throw damaged(file, folder, error.message, error);
    }
    if (code.startsWith('SQLITE_FULL')) {
      throw new Failure(
        'disk-full',
        `The disk of ${file} is full: the last change was not stored, all earlier ones are safe. Free some space and try again.`,
        { cause: error },
      );
    }
    if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
      throw new Failure(
        'read-only',
        `${file} cannot be written (${error.message}). Nothing was changed. Make its folder writable, or name another one with --project.`,
        { cause: error },
      );
    }
    if (code.startsWith('SQLITE_BUSY')) {
      throw new Failure(
        'busy',
        `${file} is in use by another process. Nothing was changed. Try again when it is done.`,
        { cause: error },
      );
    }
    throw error;
  }
}

function damaged(file: string, folder: string, detail: string, cause?: unknown): Failure {
  const newest = backups(folder).at(-1);
  return new Failure(
    'damaged',
    `${file} is damaged (${detail}). It was left as it is. ` +
      (newest
        ? `To go on from the newest backup, move labels.db and labels.db-wal away and copy ${join(folder, 'backups', newest)} to labels.db.`
        : 'There is no backup of it yet. To start anew, move it away; your images are not touched by that.'),
    { cause },
  );
}

function backups(folder: string): string[] {
  const place = join(folder, 'backups');
  return existsSync(place)
    ? readdirSync(place)
        .filter((name) => name.endsWith('.db'))
        .toSorted()
    : [];
}

function needsBackup(folder: string): boolean {
  const newest = backups(folder).at(-1);
  return newest === undefined || Date.now() - timeOf(newest) > backupEveryMs;
}

/** Backups are named `2026-11-23T10-30-00-000Z-daily.db`, so that their order is that of their names. */
function timeOf(name: string): number {
  const [date, time] = name.slice(0, 24).split('T');
  return Date.parse(`${date}T${time?.replace(/^(..)-(..)-(..)-/, '$1:$2:$3.')}`);
}

function backUp(db: Db, folder: string, why: string): void {
  const place = join(folder, 'backups');
  mkdirSync(place, { recursive: true });
  const name = join(place, `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${why}.db`);
  // Renamed when complete: a backup that is there is whole.
  for (const left of readdirSync(place).filter((other) => other.endsWith('.new'))) rmSync(join(place, left));
  db.prepare('VACUUM INTO ?').run(`${name}.new`);
  renameSync(`${name}.new`, name);
  for (const old of backups(folder).slice(0, -backupsKept)) rmSync(join(place, old));
}
