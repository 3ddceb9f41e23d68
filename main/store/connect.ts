// The two ways to connect to a store: to read, and to write so that what was answered is on the disk. No other file
// opens one.
import Database from 'better-sqlite3';

export type Db = Database.Database;

/** Milliseconds that a connection waits for another one: a checkpoint or a backup, never a person. */
const patience = 5000;

export interface WriteOptions {
  readonly mustExist?: boolean;
  /** False where the write-ahead log cannot be shared: on network drives. */
  readonly ahead?: boolean;
  /** Is told of each statement before it runs. */
  readonly onStatement?: ((sql: string) => void) | undefined;
}

/**
 * FULL: a label is on the disk when the key press is answered, even if the power fails then. Without a log written
 * ahead it takes EXTRA, which waits for the folder too.
 */
export function connectToWrite(
  file: string,
  { mustExist = true, ahead = true, onStatement }: WriteOptions = {},
): Db {
  const verbose = onStatement && ((sql: unknown) => onStatement(String(sql)));
  const db = new Database(file, { timeout: patience, fileMustExist: mustExist, ...(verbose && { verbose }) });
  try {
    const mode = db.pragma(`journal_mode = ${ahead ? 'WAL' : 'DELETE'}`, { simple: true });
    db.pragma(`synchronous = ${mode === 'wal' ? 'FULL' : 'EXTRA'}`);
    // macOS: fsync alone leaves it in the drive's cache.
    db.pragma('fullfsync = ON');
    db.pragma('checkpoint_fullfsync = ON');
    db.pragma('foreign_keys = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function connectToRead(file: string): Db {
  return new Database(file, { timeout: patience, readonly: true });
}

/** 'ok', or the first thing that is wrong with the file. */
export function quickCheck(db: Db): string {
  return String(db.pragma('quick_check(1)', { simple: true }));
}
