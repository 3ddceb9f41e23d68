// Opens labels.db, the one file of a project that cannot be recomputed. Knows how the file is kept safe
// (write-ahead log, synchronous FULL, a check at every start, backups), and nothing of what is in it.
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import { publish } from '../files/whole.ts';
import { backUp, isBackupDue, listBackups } from './backups.ts';
import { connectToRead, connectToWrite, quickCheck, type Db, type WriteOptions } from './connect.ts';
import { damaged, explaining, lost } from './explain.ts';
import { migrate, schemaVersion, storedVersion } from './migrations/index.ts';

export type { Db } from './connect.ts';

export type OpenOptions = Pick<WriteOptions, 'ahead' | 'onStatement'>;

/**
 * Opens or creates `labels.db` in the project's folder.
 * @throws Failure `damaged`, `newer-version`, `read-only`, `disk-full`: nothing was changed in these cases.
 */
export function openStore(folder: string, options: OpenOptions = {}): Db {
  const file = join(folder, 'labels.db');
  return explaining(file, folder, () => {
    const isNew = !existsSync(file);
    if (isNew) create(file, folder);
    else check(file, folder);
    const db = connectToWrite(file, options);
    try {
      if (storedVersion(db) < schemaVersion) backUp(db, folder, `before-schema-${schemaVersion}`);
      migrate(db);
      if (!isNew && isBackupDue(folder)) backUp(db, folder, 'daily');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Makes the store under another name first: a `labels.db` that is there is whole, and an empty one is damaged. */
function create(file: string, folder: string): void {
  if (listBackups(folder).length > 0) throw lost(file, folder);
  const unfinished = `${file}.new`;
  for (const suffix of ['', '-journal']) rmSync(unfinished + suffix, { force: true });
  const db = connectToWrite(unfinished, { mustExist: false, ahead: false });
  try {
    migrate(db);
  } finally {
    db.close();
  }
  // A log that has lost its store would be played into this one.
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${file}-wal.aside-${Date.now()}`);
  publish(unfinished, file);
}

/** Refuses a file that is damaged or too new, by a connection that cannot change it. */
export function check(file: string, folder: string): void {
  if (statSync(file).size === 0) throw damaged(file, folder, 'it is empty');
  const db = connectToRead(file);
  try {
    const version = storedVersion(db);
    if (version > schemaVersion) {
      throw new Failure(
        'newer-version',
        `${file} was written by a newer Toploss (schema ${version}, this one knows ${schemaVersion}). ` +
          'Nothing was changed. Open it with that version, or a newer one.',
      );
    }
    const found = quickCheck(db);
    if (found !== 'ok') throw damaged(file, folder, found);
  } finally {
    db.close();
  }
}

export interface Reading {
  readonly db: Db;
  close(): void;
}

/**
 * Opens an existing `labels.db` to read it, beside a process that may be writing. In a place where nothing may be
 * written, a copy of it is read.
 */
export function openStoreReadOnly(folder: string): Reading {
  const file = join(folder, 'labels.db');
  if (!existsSync(file)) {
    throw new Failure(
      'not-found',
      `There is no project in ${folder} yet. Create it with: toploss import DATASET`,
    );
  }
  return explaining(file, folder, () => {
    try {
      return readInPlace(file, folder);
    } catch (error) {
      if (isAboutThePlace(error)) return readCopy(file);
      throw error;
    }
  });
}

function readInPlace(file: string, folder: string): Reading {
  let db = connectToRead(file);
  try {
    if (storedVersion(db) !== schemaVersion) {
      db.close();
      // Opening it for writing brings it up to date, or says why it can't be.
      openStore(folder).close();
      db = connectToRead(file);
    }
    return { db, close: () => void db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** To read what is written ahead takes a shared index beside it, and an older schema takes a change. */
function isAboutThePlace(error: unknown): boolean {
  if (error instanceof Failure) return error.code === 'read-only';
  return error instanceof Database.SqliteError && /^SQLITE_(CANTOPEN|READONLY)/.test(error.code);
}

function readCopy(file: string): Reading {
  const folder = mkdtempSync(join(tmpdir(), 'toploss-reading-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const suffix of ['', '-wal']) {
      if (existsSync(file + suffix)) copyFileSync(file + suffix, join(folder, `labels.db${suffix}`));
    }
    const db = openStore(folder);
    db.pragma('query_only = ON');
    return {
      db,
      close() {
        db.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
