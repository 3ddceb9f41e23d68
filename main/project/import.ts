// Brings a project up to date with its data set: new, changed, renamed and vanished files, and labels that changed
// on disk. A file whose size and times are unchanged is not opened.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ClassId, ImageId, Label } from '../../shared/domain.ts';
import { readSource, type FoundFile, type Source } from '../catalog/source.ts';
import type { FileStat } from '../catalog/walk.ts';
import {
  allImages,
  insertImage,
  setMissing,
  updateImage,
  type ImageRow,
  type NewImage,
} from '../store/images.ts';
import { beginImport, bumpVersion, ensureClass, importLabel, sameLabel } from '../store/labels.ts';
import { getProject, putProject, type LabelSource } from '../store/project.ts';
import type { Project } from './open.ts';

export interface ImportOptions {
  /** How labels are found; undefined: as at the last import, or from the parent folders. */
  readonly source?: LabelSource | undefined;
  readonly who: string;
  readonly signal: AbortSignal;
  /** Files seen so far; null while the total is unknown. */
  readonly onProgress: (done: number, total: number | null) => void;
}

export interface ImportSummary {
  /** Files that can be ranked, as far as their first bytes tell. */
  readonly images: number;
  readonly labelled: number;
  readonly problems: number;
  readonly added: number;
  readonly changed: number;
  readonly renamed: number;
  readonly vanished: number;
  /** Images whose label on disk is another one than at the last import. */
  readonly relabelled: number;
  /** Files whose bytes were looked at. */
  readonly opened: number;
}

/** @throws Failure `not-found`, `empty`, `bad-labels`, `cancelled`: the project is as it was then. */
export async function importDataset(project: Project, options: ImportOptions): Promise<ImportSummary> {
  const { db } = project;
  const previous = getProject(db);
  const source = options.source ?? previous?.source ?? {};
  const rows = allImages(db);
  const byPath = new Map(rows.map((row) => [row.path, row]));
  const found = await readSource(
    { dataset: project.dataset, ...source },
    {
      signal: options.signal,
      onProgress: options.onProgress,
      known: (path) => {
        const row = byPath.get(path);
        return row && !row.missing ? row : undefined;
      },
    },
  );
  const renames = await findRenames(project, rows, found.files, options.signal);
  options.signal.throwIfAborted();

  return db
    .transaction((): ImportSummary => {
      const toLabel = labelReader(project);
      putProject(db, { dataset: project.dataset, source, multiLabel: found.multiLabel });

      const counts = { added: 0, changed: 0, renamed: 0, vanished: 0, relabelled: 0 };
      const seen = new Set<ImageId>();
      let step: number | null = null;
      for (const file of rowsOf(found)) {
        const image: NewImage = { ...file, importedLabel: toLabel(file.label) };
        const row = byPath.get(file.path) ?? renames.get(file.path);
        if (!row) {
          insertImage(db, image);
          if (image.reason === null) counts.added += 1;
          continue;
        }
        seen.add(row.id);
        const renamed = row.path !== file.path;
        const sameContent = renamed || sameStat(row, file);
        const relabelled = !sameLabel(row.importedLabel, image.importedLabel);
        const reason = image.reason ?? (sameContent ? row.reason : null);
        if (
          !renamed &&
          sameContent &&
          !relabelled &&
          !row.missing &&
          row.split === file.split &&
          row.reason === reason
        )
          continue;
        // An unchanged file keeps the reason that decoding found; its first bytes alone look fine.
        updateImage(db, row.id, { ...image, reason }, sameContent);
        if (renamed) counts.renamed += 1;
        else if (row.missing) counts.added += 1;
        else if (!sameContent) counts.changed += 1;
        if (relabelled) {
          step ??= beginImport(db, options.who, 'import');
          importLabel(db, step, row.id, { before: row.importedLabel, now: image.importedLabel });
          counts.relabelled += 1;
        }
      }
      for (const row of rows) {
        if (seen.has(row.id) || row.missing) continue;
        setMissing(db, row.id);
        counts.vanished += 1;
      }
      if (Object.values(counts).some((count) => count > 0)) bumpVersion(db);
      const problems = allImages(db).filter(({ reason, missing }) => reason !== null && !missing).length;
      return {
        images: found.files.length,
        labelled: found.labelled,
        problems,
        ...counts,
        opened: found.opened,
      };
    })
    .immediate();
}

type SourceRow = Omit<NewImage, 'importedLabel'> & { readonly label: readonly string[] };

/** Images and problems alike, one a path: both are rows of the store. */
function rowsOf({ files, problems }: Source): SourceRow[] {
  // Where no stat stands for the reason, this one matches no file: it is looked at again the next time.
  const nowhere = { size: -1, mtimeMs: 0, ino: 0 };
  const rows = new Map<string, SourceRow>();
  for (const { path, reason, stat } of problems) {
    rows.set(path, { path, reason, ...(stat ?? nowhere), format: null, split: null, label: [] });
  }
  for (const file of files) rows.set(file.path, { ...file, reason: null });
  return [...rows.values()];
}

/** Class names to a label, making the classes that are new. */
function labelReader({ db }: Project): (names: readonly string[]) => Label {
  const ids = new Map<string, ClassId>();
  return (names) =>
    names
      .map((name) => {
        const id = ids.get(name) ?? ensureClass(db, name).id;
        ids.set(name, id);
        return id;
      })
      .toSorted((a, b) => a - b);
}

/**
 * New paths that are files known under a path that is gone. The content decides: its hash where it is known, and
 * otherwise the same file on disk (inode, size and time).
 */
async function findRenames(
  { root }: Project,
  rows: readonly ImageRow[],
  files: readonly FoundFile[],
  signal: AbortSignal,
): Promise<Map<string, ImageRow>> {
  const present = new Set(files.map(({ path }) => path));
  const known = new Set(rows.map(({ path }) => path));
  const gone = Map.groupBy(
    rows.filter(({ path }) => !present.has(path)),
    ({ size }) => size,
  );
  const renames = new Map<string, ImageRow>();
  for (const file of files) {
    const candidates = gone.get(file.size) ?? [];
    if (known.has(file.path) || candidates.length === 0) continue;
    let at = candidates.findIndex((row) => row.hash === null && sameStat(row, file) && row.ino === file.ino);
    if (at === -1) {
      const hash = await hashOf(join(root, file.path), signal);
      at = candidates.findIndex((row) => hash && row.hash?.equals(hash));
    }
    // Each vanished image comes back once: of two copies, one is new.
    for (const row of at === -1 ? [] : candidates.splice(at, 1)) renames.set(file.path, row);
  }
  return renames;
}

function sameStat(row: ImageRow, file: FileStat): boolean {
  return row.size === file.size && row.mtimeMs === file.mtimeMs;
}

async function hashOf(file: string, signal: AbortSignal): Promise<Buffer | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash, { signal });
    return hash.digest();
  } catch (error) {
    signal.throwIfAborted();
    // A file that can't be read is a problem that the training names; as a rename it stays unrecognised.
    if (error instanceof Error) return null;
    throw error;
  }
}
