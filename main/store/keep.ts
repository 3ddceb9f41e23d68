// Keeps an open store well: each change of it is explained where it fails, refused where the file is no longer in its
// place, and once nothing changes for a while the log is folded into the file and the daily backup made.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { backUp, isBackupDue } from './backups.ts';
import type { Db } from './connect.ts';
import { explaining } from './explain.ts';

export interface KeptStore {
  /** @throws Failure `moved` where the file is no longer in its place. */
  checkPlace(): void;
  /** Runs a change. @throws Failure where it could not be stored: nothing of it is then. */
  store<T>(change: () => T): T;
  close(): void;
}

/** Milliseconds without a change after which there is time for other work. */
const idleAfter = 5000;
const lookAgainAfter = 3600_000;

export function keepStore(db: Db, folder: string): KeptStore {
  const file = join(folder, 'labels.db');
  const files = [file, `${file}-wal`];
  const places = new Map(files.map((path) => [path, placeOf(path)]));
  let rescued: string | null = null;
  let timer = setTimeout(tidy, lookAgainAfter).unref();

  /** A file that was moved or deleted still takes writes, which nobody would find again. */
  function checkPlace(): void {
    for (const path of files) {
      const place = placeOf(path);
      // Without a log written ahead there is none, and with one not before the first change.
      if (places.get(path) === null && path !== file) places.set(path, place);
      if (place === null ? places.get(path) !== null : place !== places.get(path)) throw moved();
    }
  }

  function moved(): Failure {
    rescued ??= rescue();
    return new Failure(
      'moved',
      `${file} was moved, deleted or replaced while it was open. The last change was not stored. ` +
        (rescued === null
          ? 'All earlier ones are in the file that was moved: put it back, then try again.'
          : `All earlier ones are in ${rescued}. Put the file back, or go on from there: toploss restore DATASET.`),
    );
  }

  /** All that was stored can still be read: a file lives until it is closed. */
  function rescue(): string | null {
    try {
      return existsSync(folder) ? backUp(db, folder, 'rescued').file : null;
    } catch (error) {
      console.error(error);
      return null;
    }
  }

  function tidy(): void {
    timer = setTimeout(tidy, lookAgainAfter).unref();
    try {
      checkPlace();
      // A reader may need the log for long, and is not waited for.
      db.pragma('busy_timeout = 0');
      db.pragma('wal_checkpoint(TRUNCATE)');
      if (isBackupDue(folder)) backUp(db, folder, 'daily');
    } catch (error) {
      // It is tried again, and a change that can't be stored says why.
      console.error(error);
    } finally {
      db.pragma('busy_timeout = 5000');
    }
  }

  return {
    checkPlace,
    store(change) {
      checkPlace();
      const result = explaining(file, folder, change);
      // Between the check and the change it may have gone.
      checkPlace();
      // It is in its place (again): what was rescued before lacks this change.
      rescued = null;
      clearTimeout(timer);
      timer = setTimeout(tidy, idleAfter).unref();
      return result;
    },
    close() {
      clearTimeout(timer);
      db.close();
    },
  };
}

/** What tells a file from one that takes its name; null where there is none. */
function placeOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.dev}:${stats.ino}` : null;
}
