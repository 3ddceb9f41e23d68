// One writer a project. The lock is a transaction on a file of its own, so the operating system lets go of it
// when the process dies, however it dies: there are no stale locks.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import { writeWhole } from '../files/whole.ts';

/**
 * Takes the writer's lock of a project folder.
 * @returns lets go of it.
 * @throws Failure `busy` where another process (or another opening in this one) has it.
 */
export function lockProject(folder: string): () => void {
  const db = new Database(join(folder, 'lock.db'), { timeout: 0 });
  const owner = join(folder, 'lock.owner');
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (!(error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))) throw error;
    throw new Failure(
      'busy',
      `The project ${folder} is open in ${describeOwner(owner)}. Nothing was changed. Close it there, or work with it there.`,
    );
  }
  writeWhole(owner, `process ${process.pid} on ${hostname()}`);
  return () => db.close();
}

function describeOwner(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'another process';
  }
}
