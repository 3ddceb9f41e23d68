// Writes the current state of a data set elsewhere (a CSV, a folder of images, or the changes alone), or the network that
// was trained on it. Reads the original files at most, and never leaves a half-written target behind.
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { ExportRequest } from '../../shared/contract.ts';
import { Failure } from '../../shared/failure.ts';
import { makeWhole } from '../files/whole.ts';
import { isWithin } from '../files/within.ts';
import { writeModel } from './model.ts';
import type { ExportReport, ExportSource, Written } from './row.ts';
import { writeChanges, writeLabels } from './table.ts';
import { writeTree } from './tree.ts';
import { writeFailure } from '../files/writeFailure.ts';
import { unfollowed, type Work } from '../work/work.ts';

/**
 * Writes `request.to`, under a temporary name beside it until it is complete. A cancelled or failed export removes what
 * it wrote; a killed one may leave a `.toploss-….new` beside the target, never the target itself.
 *
 * - `csv`: `path,label[,split]` of every image that is not excluded, `|` between several labels. Paths are relative to
 *   the CSV's folder where the data set lies below it, so that the CSV can be opened as a data set; else to the root of
 *   the data set, and a note says so.
 * - `folder`: a tree that {@link writeTree} describes.
 * - `changes`: `path,from,to,verdict` of every image whose label changed or that is excluded (`to` is empty then).
 *   Paths are relative to the root of the data set.
 * - `model`: the folder that {@link writeModel} describes.
 *
 * Throws a `Failure`: `bad-request` (the target exists or lies inside the data set; a multi-label set as a folder; hard
 * links across file systems; no network), `not-found` (the target's folder, an original or the network), `read-only`, `disk-full`. On abort it
 * throws the signal's reason.
 */
export async function exportTo(
  request: ExportRequest,
  source: ExportSource,
  work: Work = unfollowed(),
): Promise<ExportReport> {
  const to = path.resolve(request.to);
  await checkTarget(to, source);
  try {
    const report = await makeWhole(to, async (unfinished) => {
      const written = await write(request, to, unfinished, source, work);
      work.signal.throwIfAborted();
      await refuseExisting(to);
      return written;
    });
    return { to, format: request.format, ...report };
  } catch (error) {
    throw writeFailure(error, to);
  }
}

async function write(
  { format, link = false }: ExportRequest,
  to: string,
  temporary: string,
  source: ExportSource,
  work: Work,
): Promise<Written> {
  switch (format) {
    case 'csv':
      return writeLabels(temporary, path.dirname(to), source, work);
    case 'changes':
      return writeChanges(temporary, source, work);
    case 'folder':
      return writeTree(temporary, source.rows, link, work);
    case 'model':
      return writeModel(temporary, source.model, work);
  }
}

async function checkTarget(to: string, { dataset, root }: ExportSource): Promise<void> {
  await refuseExisting(to);
  let folder: string;
  try {
    folder = await realpath(path.dirname(to));
  } catch (error) {
    throw new Failure(
      'not-found',
      `The folder ${path.dirname(to)} does not exist. Create it first, or choose another place.`,
      {
        cause: error,
      },
    );
  }
  // A data set that is a CSV consists of its rows: a new file beside it changes nothing.
  if (path.resolve(dataset) === path.resolve(root) && isWithin(folder, await realpath(root)))
    throw new Failure(
      'bad-request',
      `${to} lies inside the data set, which an export must not change. Choose a place outside ${root}.`,
    );
}

async function refuseExisting(to: string): Promise<void> {
  const exists = await lstat(to).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new Failure(
      'bad-request',
      `${to} is already there and was not touched. Choose another name, or move it away.`,
    );
}
