// Lists what lies under a folder. Opens no file, follows no symbolic link, and knows nothing of images or labels.
import { isUtf8 } from 'node:buffer';
import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from '../../shared/contract.ts';
import { readFailure } from '../files/reason.ts';
import { forEachParallel } from '../files/parallel.ts';
import { unfollowed, type Work } from '../work/work.ts';

/** What tells an unchanged file from a changed one without opening it. */
export interface FileStat {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, with the fraction that the file system keeps. */
  readonly mtimeMs: number;
  readonly ino: number;
}

/** A regular file. */
export interface Entry extends FileStat {
  /** Relative to the root, with `/`. */
  readonly path: string;
}

export interface Walk {
  /** In the order of their paths' code units. */
  readonly files: readonly Entry[];
  /** Everything that was passed over, each with its reason, in the same order. A folder stands for all that is in it. */
  readonly problems: readonly Problem[];
}

const parallelStats = 32;
/** What systems and programs leave in folders, besides names that begin with a dot. */
const litter = new Set([
  'thumbs.db',
  'desktop.ini',
  '@eadir',
  '__macosx',
  '$recycle.bin',
  'system volume information',
]);

/**
 * Every regular file under `root`, at any depth.
 *
 * Listed as problems instead, and never opened: symbolic links (to files and to folders, wherever they lead: so there
 * are no loops and no way out of the root), pipes, sockets, devices, names that are not valid UTF-8, folders that
 * cannot be read, and hidden entries: names that begin with a dot, `Thumbs.db`, `desktop.ini`, `@eaDir`, `__MACOSX`,
 * `$RECYCLE.BIN`, `System Volume Information`, and the `.toploss` folders of projects.
 *
 * `root` itself may be a symbolic link. Throws the system's error where `root` cannot be listed, and the signal's
 * reason on abort.
 */
export async function walk(root: string, { signal, progress }: Work = unfollowed()): Promise<Walk> {
  const files: Entry[] = [];
  const problems: Problem[] = [];
  const folders = [''];
  // A list instead of recursion: depth is limited by the file system alone.
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(path.join(root, folder), { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      if (folder === '') throw error;
      problems.push({ path: folder, reason: `folder ${readFailure(error)}` });
      continue;
    }
    const candidates: string[] = [];
    for (const entry of entries) {
      const prefix = folder === '' ? '' : `${folder}/`;
      const name = entry.name.toString();
      const hidden = hiddenReason(name, entry.isDirectory());
      if (!isUtf8(entry.name))
        problems.push({ path: prefix + escapeName(entry.name), reason: 'name is not valid UTF-8' });
      else if (hidden !== null) problems.push({ path: prefix + name, reason: hidden });
      else if (entry.isDirectory()) folders.push(prefix + name);
      else candidates.push(prefix + name);
    }
    await forEachParallel(
      candidates,
      parallelStats,
      async (candidate) => {
        const found = await inspect(root, candidate);
        if ('reason' in found) problems.push(found);
        else files.push(found);
      },
      signal,
    );
    progress('import', files.length, null);
  }
  return { files: files.toSorted(byPath), problems: problems.toSorted(byPath) };
}

/**
 * Looks at one path under `root` without opening it or following it: a regular file, or the reason why it is none.
 * Only the last part of the path is examined: that no folder above it is a link is for the caller to know.
 */
export async function inspect(root: string, relative: string): Promise<Entry | Problem> {
  let stats: Stats;
  try {
    stats = await lstat(path.join(root, relative));
  } catch (error) {
    return { path: relative, reason: readFailure(error) };
  }
  if (!stats.isFile()) return { path: relative, reason: irregularity(stats) };
  return { path: relative, size: stats.size, mtimeMs: stats.mtimeMs, ino: stats.ino };
}

/** Plain order of code units: the same on every machine and in every language. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function hiddenReason(name: string, isFolder: boolean): string | null {
  const what = isFolder ? 'folder' : 'file';
  if (isFolder && name.endsWith('.toploss')) return 'project folder of Toploss, not part of the data set';
  return name.startsWith('.') || litter.has(name.toLowerCase())
    ? `hidden ${what}, not part of the data set`
    : null;
}

function irregularity(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'symbolic link, not followed';
  if (stats.isDirectory()) return 'a folder, not a file';
  if (stats.isFIFO()) return 'not a regular file: a pipe';
  if (stats.isSocket()) return 'not a regular file: a socket';
  return 'not a regular file: a device';
}

/** Shows the bytes of a name that is no text: everything but printable ASCII as `\xNN`. */
function escapeName(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
