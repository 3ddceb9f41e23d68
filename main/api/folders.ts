// Folders of this machine for the folder browser: subfolders and CSV files, nothing else.
import { accessSync, constants, readdirSync, type Dirent } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';
import type { FolderEntry, FolderListing } from '../../shared/contract.ts';
import { Failure } from '../../shared/failure.ts';

/** @throws Failure `not-found` where the folder can't be listed. */
export function listFolder(folder: string | null): FolderListing {
  const path = folder === null ? homedir() : resolve(folder.replace(/^~(?=$|\/)/, homedir()));
  const parent = dirname(path);
  return {
    folder: path,
    parent: parent === path ? null : parent,
    entries: readEntries(path)
      .flatMap((entry) => toEntry(path, entry))
      .toSorted(
        (a, b) => b.kind.localeCompare(a.kind) || a.name.localeCompare(b.name, 'en', { numeric: true }),
      ),
    places: [
      { name: 'Home', path: homedir() },
      // Where the app was started, unless that is home.
      ...(process.cwd() === homedir() ? [] : [{ name: 'Here', path: process.cwd() }]),
      { name: parse(path).root, path: parse(path).root },
    ],
  };
}

function readEntries(path: string): Dirent[] {
  try {
    accessSync(path, constants.R_OK);
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Failure('not-found', `The folder ${path} can't be listed (${detail}). Choose another one.`);
  }
}

function toEntry(folder: string, entry: Dirent): FolderEntry[] {
  const { name } = entry;
  if (name.startsWith('.') || name.endsWith('.toploss')) return [];
  const path = join(folder, name);
  if (entry.isDirectory()) return [{ name, path, kind: 'folder' }];
  return entry.isFile() && /\.csv$/i.test(name) ? [{ name, path, kind: 'csv' }] : [];
}
