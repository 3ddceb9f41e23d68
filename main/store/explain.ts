// Says what SQLite's errors mean for labels.db: what happened, what is safe, and what to do next.
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import { listBackups } from './backups.ts';

type SqliteError = InstanceType<typeof Database.SqliteError>;

/** Runs `work`; what SQLite throws becomes a sentence about the file. */
export function explaining<T>(file: string, folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    throw meaning(error, file, folder) ?? error;
  }
}

function meaning(error: SqliteError, file: string, folder: string): Failure | null {
  const { code, message } = error;
  const is = (...codes: string[]) => codes.some((name) => code.startsWith(`SQLITE_${name}`));
  if (is('CORRUPT', 'NOTADB')) return damaged(file, folder, message, error);
  if (is('FULL')) {
    return new Failure(
      'disk-full',
      `The disk of ${file} is full: the last change was not stored, all earlier ones are safe. Free some space and try again.`,
      { cause: error },
    );
  }
  if (is('IOERR')) {
    return new Failure(
      'disk-full',
      `The disk of ${file} refuses to read or write (${message}): the last change was not stored, all earlier ones are safe. Check the disk and try again.`,
      { cause: error },
    );
  }
  if (is('READONLY', 'CANTOPEN')) {
    return new Failure(
      'read-only',
      `${file} cannot be written (${message}). Nothing was changed. Make its folder writable, or name another one with --project.`,
      { cause: error },
    );
  }
  if (is('BUSY', 'LOCKED')) {
    return new Failure(
      'busy',
      `${file} is in use by another process. Nothing was changed. Try again when it is done.`,
      { cause: error },
    );
  }
  return null;
}

/** @param how the rest of "labels.db …": "is damaged (it is empty)". */
function unusable(how: string, file: string, folder: string, cause?: unknown): Failure {
  const newest = listBackups(folder).at(-1);
  return new Failure(
    'damaged',
    `${file} ${how}. Nothing was changed. ` +
      (newest
        ? `To go on from a backup (the newest is ${newest.file}): toploss restore DATASET. What is there is kept, moved aside.`
        : 'There is no backup of it yet. To start anew, move it away; your images are not touched by that.'),
    { cause },
  );
}

export function damaged(file: string, folder: string, detail: string, cause?: unknown): Failure {
  return unusable(`is damaged (${detail})`, file, folder, cause);
}

/** A store that was there once, as its backups tell. */
export function lost(file: string, folder: string): Failure {
  return unusable('is not there any more, but backups of it are', file, folder);
}
