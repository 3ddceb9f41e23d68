// Reads a data set as it lies on disk: which images there are, and which labels they came with. Reads only; knows
// nothing of the store. A file that the caller knows and that is unchanged is not opened.
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from '../../shared/contract.ts';
import { Failure } from '../../shared/failure.ts';
import { type Columns, type LabelTable, type Row, readLabelTable } from '../formats/csv.ts';
import { errorCode, readFailure } from '../files/reason.ts';
import { type Format, type Kind, sniff } from '../images/kind.ts';
import type { Labelled } from '../formats/labelled.ts';
import { labelsByFolder, labelsByPattern } from './labels.ts';
import { forEachParallel } from '../files/parallel.ts';
import { type Entry, type FileStat, type Walk, byPath, inspect, walk } from './walk.ts';
import { isWithin } from '../files/within.ts';
import { unfollowed, type Work } from '../work/work.ts';

export interface SourceRequest {
  /** A folder of images, or a CSV (`path,label[,split]`) that lists the images of the data set. */
  readonly dataset: string;
  /** For a folder: a CSV of labels. Images that it does not list have none. */
  readonly labels?: string | undefined;
  /** For a folder: a regular expression with the named groups `label` and, optionally, `split`. */
  readonly pattern?: string | undefined;
  /** Names of the CSV's columns. */
  readonly columns?: Columns | undefined;
}

export interface SourceOptions {
  readonly work?: Work;
  /** What was found at this path the last time. */
  readonly known?: ((path: string) => KnownFile | undefined) | undefined;
}

/** One of `format` and `reason` is set: an image, or why it is none. Where both are null the file is read again. */
export interface KnownFile extends FileStat {
  readonly format: Format | null;
  readonly reason: string | null;
}

/** A file that is an image by its first bytes. */
export interface FoundFile extends FileStat, Labelled {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly format: Format;
}

/** A file, folder or row that is not part of the data set. */
export interface FoundProblem extends Problem {
  /** Set where the reason was found in the file's bytes, and so stands until the file changes. */
  readonly stat: FileStat | null;
}

export interface Source {
  /** Absolute. */
  readonly root: string;
  /** True where any image has more than one label. */
  readonly multiLabel: boolean;
  /** In the order of their paths' code units, without duplicates. */
  readonly files: readonly FoundFile[];
  readonly problems: readonly FoundProblem[];
  /** Images that have a label. */
  readonly labelled: number;
  /** Files that were opened because they are new or have changed. */
  readonly opened: number;
}

const parallelReads = 16;

/**
 * Finds the images of a data set and their labels.
 *
 * Throws a `Failure`: `not-found` (no data set there, or it cannot be read), `bad-request` (options that contradict
 * each other), `bad-labels` (the CSV or pattern), `empty` (no image in it). On abort it throws the signal's reason.
 */
export async function readSource(request: SourceRequest, options: SourceOptions = {}): Promise<Source> {
  const dataset = path.resolve(request.dataset);
  const isFolder = (await statDataset(dataset)).isDirectory();
  if (!isFolder && path.extname(dataset).toLowerCase() !== '.csv')
    throw new Failure(
      'not-found',
      `${dataset} is neither a folder nor a CSV file. Open the folder that the images lie in.`,
    );
  if (request.pattern !== undefined && (request.labels !== undefined || !isFolder))
    throw new Failure(
      'bad-request',
      'The labels come either from a CSV or from a pattern. Leave one of them out.',
    );
  if (request.labels !== undefined && !isFolder)
    throw new Failure(
      'bad-request',
      `${dataset} already lists its labels. Open its folder to use ${request.labels} instead.`,
    );

  const root = isFolder ? dataset : path.dirname(dataset);
  const listing = isFolder
    ? await listFolder(root, request, options)
    : await listTable(dataset, root, request, options);
  const { files, problems, opened } = await readKinds(root, listing, options);
  const [firstProblem] = problems;
  if (files.length === 0)
    throw new Failure(
      'empty',
      firstProblem === undefined
        ? `${dataset} is empty. Open a folder with JPEG, PNG, WebP, GIF, TIFF or AVIF images.`
        : `${dataset} has no image that can be ranked. Of ${problems.length} entries, the first is ${firstProblem.path}: ${firstProblem.reason}.`,
    );
  return {
    root,
    multiLabel: files.some(({ label }) => label.length > 1),
    files,
    problems,
    labelled: files.filter(({ label }) => label.length > 0).length,
    opened,
  };
}

/** What is to be looked at, before any of it is opened. */
interface Listing {
  readonly entries: readonly (Entry & Labelled)[];
  readonly problems: readonly Problem[];
}

async function statDataset(dataset: string): Promise<Stats> {
  try {
    return await stat(dataset);
  } catch (error) {
    throw new Failure(
      'not-found',
      `${dataset}: ${readFailure(error).replace('file', 'folder or CSV')}. Check the path.`,
      {
        cause: error,
      },
    );
  }
}

async function listFolder(
  root: string,
  { labels, pattern, columns }: SourceRequest,
  options: SourceOptions,
): Promise<Listing> {
  const labelFile = labels === undefined ? null : path.resolve(labels);
  // Read first: a mistake in it shows at once, not after a long walk.
  const table = labelFile === null ? null : await readLabelTable(labelFile, root, columns);
  const found = await listFiles(root, options);
  const files = found.files.filter((file) => path.join(root, file.path) !== labelFile);
  if (table !== null) return labelFromTable({ files, problems: found.problems }, table);
  return {
    entries: pattern === undefined ? labelsByFolder(files) : labelsByPattern(pattern, files),
    problems: found.problems,
  };
}

async function listFiles(root: string, { work = unfollowed() }: SourceOptions): Promise<Walk> {
  try {
    return await walk(root, work);
  } catch (error) {
    work.signal.throwIfAborted();
    if (errorCode(error) === null) throw error;
    throw new Failure('not-found', `${root} ${readFailure(error)}. Check its permissions.`, { cause: error });
  }
}

/** Labels for a folder's files. Rows without a file are problems, unless the walk already says why. */
function labelFromTable({ files, problems }: Walk, table: LabelTable): Listing {
  const rows = new Map(table.rows.map((row) => [row.path, row]));
  const paths = new Set([...files, ...problems].map((item) => item.path));
  const missing = table.rows.filter((row) => !paths.has(row.path));
  if (missing.length === table.rows.length)
    throw new Failure(
      'bad-labels',
      `${table.name} lists ${table.rows.length} images, and none of them is in the data set. ` +
        "Its paths are relative to the CSV's own folder.",
    );
  return {
    entries: files.map((file) => {
      const row = rows.get(file.path);
      return { ...file, label: row?.label ?? [], split: row?.split ?? null };
    }),
    problems: [
      ...problems,
      ...table.problems,
      ...missing.map((row) => ({ path: row.path, reason: `${listed(table, row)}: no such file was found` })),
    ],
  };
}

/** The rows of a CSV that is the data set. What else lies in its folder does not belong to it. */
async function listTable(
  dataset: string,
  root: string,
  { columns }: SourceRequest,
  { work = unfollowed() }: SourceOptions,
): Promise<Listing> {
  const table = await readLabelTable(dataset, root, columns);
  work.progress('import', 0, null);
  const inRoot = await foldersInRoot(root, new Set(table.rows.map((row) => path.posix.dirname(row.path))));
  const entries: (Entry & Labelled)[] = [];
  const problems: Problem[] = [...table.problems];
  await forEachParallel(
    table.rows,
    parallelReads,
    async (row) => {
      const found = inRoot.has(path.posix.dirname(row.path))
        ? await inspect(root, row.path)
        : { path: row.path, reason: 'its folder is a symbolic link that leads out of the data set' };
      if ('reason' in found)
        problems.push({ path: row.path, reason: `${listed(table, row)}: ${found.reason}` });
      else entries.push({ ...found, label: row.label, split: row.split });
    },
    work.signal,
  );
  return { entries, problems };
}

/** Those of the folders that do not lead out of the root by a symbolic link. */
async function foldersInRoot(root: string, folders: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const top = await realpath(root);
  const inRoot = new Set<string>();
  for (const folder of folders) {
    // A folder that is not there is reported with each of its files.
    const real = await realpath(path.join(root, folder)).catch(() => top);
    if (isWithin(real, top)) inRoot.add(folder);
  }
  return inRoot;
}

function listed(table: LabelTable, row: Row): string {
  return `listed in ${table.name}, line ${row.line}`;
}

/** Opens what is new or has changed, and tells the images from the rest. */
async function readKinds(
  root: string,
  { entries, problems: listingProblems }: Listing,
  { work = unfollowed(), known }: SourceOptions,
): Promise<{ files: FoundFile[]; problems: FoundProblem[]; opened: number }> {
  const files: FoundFile[] = [];
  const problems: FoundProblem[] = listingProblems.map((problem) => ({ ...problem, stat: null }));
  let opened = 0;
  let done = 0;
  await forEachParallel(
    entries,
    parallelReads,
    async (entry) => {
      let kind = knownKind(entry, known?.(entry.path));
      if (kind === null) {
        opened += 1;
        kind = await sniff(path.join(root, entry.path));
      }
      done += 1;
      work.progress('import', done, entries.length);
      const { path: relative, size, mtimeMs, ino } = entry;
      if (kind.ok) files.push({ ...entry, format: kind.format });
      else
        problems.push({
          path: relative,
          reason: kind.reason,
          stat: kind.unread ? null : { size, mtimeMs, ino },
        });
    },
    work.signal,
  );
  return { files: files.toSorted(byPath), problems: problems.toSorted(byPath), opened };
}

function knownKind(entry: FileStat, known: KnownFile | undefined): Kind | null {
  const unchanged = known?.size === entry.size && known.mtimeMs === entry.mtimeMs && known.ino === entry.ino;
  if (!unchanged) return null;
  if (known.format !== null) return { ok: true, format: known.format };
  return known.reason === null ? null : { ok: false, reason: known.reason, unread: false };
}
