// Copies of labels.db, in backups/ beside it: one a day and one before each change of the schema. Each is a whole store.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { publish } from '../files/whole.ts';
import type { Db } from './connect.ts';

export interface Backup {
  /** Name of the file in backups/. */
  readonly name: string;
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const kept = 10;
const everyMs = 24 * 3600_000;

/** Those that are complete, oldest first: by their number, since a clock may have been set back. */
export function listBackups(folder: string): Backup[] {
  const place = join(folder, 'backups');
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => name.endsWith('.db'))
    .toSorted((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1))
    .map((name) => ({ name, file: join(place, name), at: timeOf(name) }));
}

/** True once the newest is a day old, or of a time that has not come yet. */
export function isBackupDue(folder: string): boolean {
  const age = Date.now() - (listBackups(folder).at(-1)?.at ?? 0);
  return !(age >= 0 && age < everyMs);
}

/**
 * Writes a copy of the store as it is now, and makes room for it.
 * @param why part of its name: "daily".
 */
export function backUp(db: Db, folder: string, why: string): Backup {
  const place = join(folder, 'backups');
  mkdirSync(place, { recursive: true });
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const number = String(numberOf(listBackups(folder).at(-1)?.name ?? '') + 1).padStart(4, '0');
  const name = `${time}-${number}-${why}.db`;
  const file = join(place, name);
  for (const left of readdirSync(place).filter((other) => other.endsWith('.new'))) rmSync(join(place, left));
  db.prepare('VACUUM INTO ?').run(`${file}.new`);
  publish(`${file}.new`, file);
  for (const old of listBackups(folder).slice(0, -kept)) rmSync(old.file);
  return { name, file, at: timeOf(name) };
}

/** Backups are named `2026-11-23T10-30-00-000Z-0007-daily.db`. */
function numberOf(name: string): number {
  return Number(/^.{23}Z-(\d+)-/.exec(name)?.[1] ?? 0);
}

function timeOf(name: string): number {
  const [date, time] = name.slice(0, 24).split('T');
  return Date.parse(`${date}T${time?.replace(/^(..)-(..)-(..)-/, '$1:$2:$3.')}`);
}
