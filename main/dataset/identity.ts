// Which of the known images each file of a data set is, so that a renamed file keeps its verdicts. The path decides
// where a file is unchanged, and the content where it is not: its hash, or for a file that was never read its inode.
import { join } from 'node:path';
import { hashFile } from '../files/hash.ts';
import type { FileStat } from './walk.ts';
import type { ImageRow } from '../store/images.ts';

export interface KnownImage {
  readonly row: ImageRow;
  /** False: the file at the image's path has other bytes now. */
  readonly sameContent: boolean;
}

/**
 * @returns by path, the image that a file is; each image at most once, so that of two copies one is new. Files that are
 * not in it are new.
 */
export async function identify(
  root: string,
  rows: readonly ImageRow[],
  files: readonly (FileStat & { readonly path: string })[],
  signal: AbortSignal,
): Promise<Map<string, KnownImage>> {
  const identities = new Map<string, KnownImage>();
  const free = new Set(rows);
  const claim = (path: string, row: ImageRow, sameContent: boolean) => {
    identities.set(path, { row, sameContent });
    free.delete(row);
  };

  const rowAt = new Map(rows.map((row) => [row.path, row]));
  // Of those that had this path, the one that is there now.
  for (const row of rows) if (!row.missing) rowAt.set(row.path, row);
  for (const file of files) {
    const row = rowAt.get(file.path);
    if (row && !row.missing && sameFile(row, file)) claim(file.path, row, true);
  }

  // All that were moved, replaced, copied or restored. Where sizes differ, so do contents.
  const bySize = Map.groupBy(free, ({ size }) => size);
  const unsettled: { file: (typeof files)[number]; hash: Buffer | null }[] = [];
  for (const file of files) {
    if (identities.has(file.path)) continue;
    const isKnown = bySize.get(file.size)?.some((row) => row.hash !== null);
    unsettled.push({ file, hash: isKnown ? await hashOf(join(root, file.path), signal) : null });
  }
  const sameBytes = (row: ImageRow, { file, hash }: (typeof unsettled)[number]) =>
    row.hash === null ? sameFile(row, file) : hash !== null && row.hash.equals(hash);
  for (const candidate of unsettled) {
    const row = rowAt.get(candidate.file.path);
    if (row && sameBytes(row, candidate)) claim(row.path, row, true);
  }
  for (const candidate of unsettled) {
    const { path, size } = candidate.file;
    if (identities.has(path)) continue;
    const row = bySize.get(size)?.find((known) => free.has(known) && sameBytes(known, candidate));
    if (row) claim(path, row, true);
  }
  // What is left at its path is a file that was edited, or one that was restored without having been read before.
  for (const { file } of unsettled) {
    const row = rowAt.get(file.path);
    if (row && free.has(row) && !identities.has(file.path))
      claim(file.path, row, sameStat(row, file) && !row.hash);
  }
  return identities;
}

function sameFile(row: ImageRow, file: FileStat): boolean {
  return sameStat(row, file) && row.ino === file.ino;
}

function sameStat(row: ImageRow, file: FileStat): boolean {
  return row.size === file.size && row.mtimeMs === file.mtimeMs;
}

async function hashOf(file: string, signal: AbortSignal): Promise<Buffer | null> {
  try {
    return await hashFile(file, { signal });
  } catch (error) {
    signal.throwIfAborted();
    // A file that can't be read is a problem that the training names; as a rename it stays unrecognised.
    if (error instanceof Error) return null;
    throw error;
  }
}
