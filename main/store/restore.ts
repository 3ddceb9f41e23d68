// Goes back to a backup of labels.db. What was there is moved aside, never deleted.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import { flushSync } from '../files/flush.ts';
import { publish } from '../files/whole.ts';
import { listBackups, type Backup } from './backups.ts';
import { connectToRead, quickCheck, type Db } from './connect.ts';
import { schemaVersion, storedVersion } from './migrations/index.ts';

export interface RestorableBackup extends Backup {
  /** Images that have a verdict in it. */
  readonly verdicts: number;
  /** Images whose label or verdict is another one than in labels.db now; null where that can't be read. */
  readonly differ: number | null;
}

export interface Restored extends RestorableBackup {
  /** The folder that what was there was moved to; null where nothing was. */
  readonly aside: string | null;
}

/** Those that are intact and not of a newer Toploss, newest first. */
export function* restorableBackups(folder: string): Generator<RestorableBackup> {
  // A damaged file may still tell.
  const now = reading(join(folder, 'labels.db'), standingsIn);
  for (const backup of listBackups(folder).toReversed()) {
    const then = intactStandings(backup.file);
    if (!then) continue;
    const verdicts = [...then.values()].filter(({ verdict }) => verdict !== null).length;
    yield { ...backup, verdicts, differ: now && countDifferences(now, then) };
  }
}

/**
 * Puts a backup in the place of labels.db. A kill in between leaves no labels.db: then it is asked for again.
 * @param name of the backup; undefined: the newest that is intact. The writer's lock must be held.
 * @throws Failure `not-found` where there is no such backup; `newer-version` where labels.db is not damaged but new.
 */
export function restoreStore(folder: string, name?: string): Restored {
  const file = join(folder, 'labels.db');
  refuseNewer(file);
  const backup = findBackup(folder, name);
  if (!backup) {
    throw new Failure(
      'not-found',
      `There is no intact backup${name === undefined ? '' : ` ${name}`} in ${join(folder, 'backups')}. Nothing was changed.`,
    );
  }
  const unfinished = `${file}.new`;
  rmSync(unfinished, { force: true });
  copyFileSync(backup.file, unfinished);
  // On the disk before anything is moved: where there is no room, nothing changes.
  flushSync(unfinished);
  const aside = moveAside(folder);
  publish(unfinished, file);
  return { ...backup, aside };
}

function findBackup(folder: string, name: string | undefined): RestorableBackup | null {
  for (const backup of restorableBackups(folder)) {
    if (name === undefined || backup.name === name) return backup;
  }
  return null;
}

/** The log goes along with its store: played into another one, it would damage that. */
function moveAside(folder: string): string | null {
  const names = ['labels.db', 'labels.db-wal', 'labels.db-shm', 'labels.db-journal'];
  const there = names.filter((name) => existsSync(join(folder, name)));
  if (there.length === 0) return null;
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  let aside = join(folder, 'aside', time);
  for (let n = 2; existsSync(aside); n++) aside = join(folder, 'aside', `${time}-${n}`);
  mkdirSync(aside, { recursive: true });
  for (const name of there) renameSync(join(folder, name), join(aside, name));
  flushSync(aside);
  return aside;
}

function refuseNewer(file: string): void {
  const version = reading(file, storedVersion);
  if (version === null || version <= schemaVersion) return;
  throw new Failure(
    'newer-version',
    `${file} was written by a newer Toploss (schema ${version}, this one knows ${schemaVersion}). ` +
      'It is not replaced by a backup. Nothing was changed. Open it with that version, or a newer one.',
  );
}

interface Standing {
  readonly image: number;
  readonly label: string;
  readonly verdict: string | null;
}

type Standings = ReadonlyMap<number, Standing>;

/** Where each image stands in a backup; null where it is damaged or of a newer Toploss. */
function intactStandings(file: string): Standings | null {
  return reading(file, (db) =>
    storedVersion(db) <= schemaVersion && quickCheck(db) === 'ok' ? standingsIn(db) : null,
  );
}

function standingsIn(db: Db): Standings {
  const rows = db.prepare<[], Standing>('SELECT image, label, verdict FROM labels').all();
  return new Map(rows.map((row) => [row.image, row]));
}

function countDifferences(a: Standings, b: Standings): number {
  let differences = 0;
  for (const image of new Set([...a.keys(), ...b.keys()])) {
    const [one, other] = [a.get(image), b.get(image)];
    if (one?.label !== other?.label || one?.verdict !== other?.verdict) differences += 1;
  }
  return differences;
}

/** What is read from a file that may be damaged or no store at all; null where it can't be. */
function reading<T>(file: string, read: (db: Db) => T): T | null {
  if (!existsSync(file)) return null;
  let db: Db | null = null;
  try {
    db = connectToRead(file);
    return read(db);
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    return null;
  } finally {
    db?.close();
  }
}
