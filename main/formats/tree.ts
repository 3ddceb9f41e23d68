// The export that is a folder of images, one folder a class: copies or hard links of the originals, which it only reads.
import { constants, copyFile, link, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { errorCode, readFailure } from '../files/reason.ts';
import { forEachParallel } from '../files/parallel.ts';
import type { ExportRow, Written } from './row.ts';
import { FolderNames } from './folderNames.ts';
import type { Work } from '../work/work.ts';

const parallelCopies = 4;

/**
 * Writes every row that is not excluded as `<label>/<file>`, or `<split>/<label>/<file>` where it has a split. Images
 * without a label lie directly in `folder` or in their split: opened as a data set, they are unlabelled again.
 *
 * Files of the same name in one folder are numbered (`12.jpg`, `12-2.jpg`), also where only the case differs. Class
 * names that no folder can have are changed, and a note says so.
 */
export async function writeTree(
  folder: string,
  rows: readonly ExportRow[],
  asLinks: boolean,
  { signal, progress }: Work,
): Promise<Written> {
  const kept = rows.filter((row) => row.verdict !== 'exclude');
  const several = kept.find((row) => row.label.length > 1);
  if (several !== undefined)
    throw new Failure(
      'bad-request',
      `${several.path} has ${several.label.length} labels, and a folder tree has room for one. Export a CSV instead.`,
    );
  const names = new FolderNames();
  // Folders first, so that a file without a label cannot take a class's name.
  const placed = kept.map((row) => ({ row, folder: names.folder([row.split, ...row.label]) }));
  const copies = placed.map(({ row, folder: parent }) => ({
    row,
    target: path.join(folder, names.file(parent, path.posix.basename(row.path))),
  }));

  await mkdir(folder);
  for (const parent of new Set(copies.map(({ target }) => path.dirname(target))))
    await mkdir(parent, { recursive: true });
  let done = 0;
  await forEachParallel(
    copies,
    parallelCopies,
    async ({ row, target }) => {
      await place(row, target, asLinks);
      done += 1;
      progress('export', done, copies.length);
    },
    signal,
  );
  return { written: kept.length, excluded: rows.length - kept.length, notes: names.notes() };
}

async function place({ path: name, file }: ExportRow, target: string, asLink: boolean): Promise<void> {
  try {
    if (asLink) await link(file, target);
    // A clone shares the bytes on disk until one of the two changes, where the file system can.
    else await copyFile(file, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    const code = errorCode(error);
    if (asLink && (code === 'EXDEV' || code === 'EPERM' || code === 'EMLINK' || code === 'ENOTSUP'))
      throw new Failure(
        'bad-request',
        `${name} cannot be hard-linked to the target (${code}): links need the same file system. Export copies, or choose a place on the disk of the data set.`,
        { cause: error },
      );
    // It is about the original: the target's folder was just made.
    if (code === 'ENOENT' || code === 'EACCES')
      throw new Failure(
        'not-found',
        `${name}: ${readFailure(error)}. The export was stopped and left nothing behind. Import the data set again, then export.`,
        { cause: error },
      );
    throw error;
  }
}
