// Brings a project up to date with its data set: new, changed, renamed and vanished files, and labels that changed
// on disk. A file whose size and times are unchanged is not opened.
import type { ClassId, Label } from '../../shared/domain.ts';
import { sameLabel } from '../../shared/label.ts';
import { readSource, type Source } from './source.ts';
import {
  allImages,
  insertImage,
  setMissing,
  updateImage,
  type ImageRow,
  type NewImage,
} from '../store/images.ts';
import { allStandings, beginImport, bumpVersion, ensureClass, importLabel } from '../labels/labels.ts';
import { movesIn } from '../store/fileMoves.ts';
import { getProject, putProject, type LabelSource } from '../store/project.ts';
import { finishMoves } from './excluded.ts';
import { countProblems } from './dataset.ts';
import { identify, type KnownImage } from './identity.ts';
import type { Project } from '../project/open.ts';
import type { Work } from '../work/work.ts';

export interface ImportOptions {
  /** How labels are found; undefined: as at the last import, or from the parent folders. */
  readonly source?: LabelSource | undefined;
  readonly who: string;
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
export async function importDataset(
  project: Project,
  options: ImportOptions,
  work: Work,
): Promise<ImportSummary> {
  const { db } = project;
  // Files that an interrupted move left halfway would look vanished.
  await finishMoves(project);
  const previous = getProject(db);
  const source = options.source ?? previous?.source ?? {};
  const rows = allImages(db);
  const present = new Map(rows.filter(({ missing }) => !missing).map((row) => [row.path, row]));
  const found = await readSource(
    { dataset: project.dataset, ...source },
    {
      work,
      known: (path) => present.get(path),
    },
  );
  const out = new Set(movesIn(db, 'out', 'discarded').map(({ path }) => path));
  // A CSV goes on listing what was moved out of its folder: that is no problem.
  const sourceRows = rowsOf(found).filter(
    ({ path, reason, size }) => !(out.has(path) && reason !== null && size < 0),
  );
  const identities = await identify(project.root, rows, sourceRows, work.signal);
  work.signal.throwIfAborted();

  return project.store(() =>
    db
      .transaction((): ImportSummary => {
        const toLabel = labelReader(project);
        const counts = { added: 0, changed: 0, renamed: 0, vanished: 0, relabelled: 0 };
        let step: number | null = null;

        const moved = new Set<ImageRow>();
        const stayed = new Set<ImageRow>();
        for (const [path, { row }] of identities) (row.path === path ? stayed : moved).add(row);
        for (const row of rows) {
          if (row.missing || stayed.has(row)) continue;
          // Paths are free before others take them.
          setMissing(db, row.id);
          if (!moved.has(row)) counts.vanished += 1;
        }

        for (const file of sourceRows) {
          const known = identities.get(file.path);
          if (!known) {
            insertImage(db, { ...file, importedLabel: toLabel(file.label) });
            if (file.reason === null) counts.added += 1;
            continue;
          }
          const { row } = known;
          const image = imageNow(file, known, toLabel);
          if (isAsStored(row, image)) continue;
          const sameContent = known.sameContent && row.reason === image.reason;
          updateImage(db, row.id, image, known.sameContent);
          if (moved.has(row)) counts.renamed += 1;
          else if (row.missing) counts.added += 1;
          else if (!sameContent) counts.changed += 1;
          if (sameLabel(row.importedLabel, image.importedLabel)) continue;
          step ??= beginImport(db, options.who, 'import');
          importLabel(db, step, row.id, { before: row.importedLabel, now: image.importedLabel });
          counts.relabelled += 1;
        }

        const multiLabel = found.multiLabel || allStandings(db).some(({ label }) => label.length > 1);
        putProject(db, { dataset: project.dataset, source, multiLabel });
        if (Object.values(counts).some((count) => count > 0)) bumpVersion(db);
        return {
          images: found.files.length,
          labelled: found.labelled,
          problems: countProblems(db),
          ...counts,
          opened: found.opened,
        };
      })
      .immediate(),
  );
}

/** What is to be stored of a known image: what the disk says, and what it can't say from what was known. */
function imageNow(
  { label, ...file }: SourceRow,
  { row, sameContent }: KnownImage,
  toLabel: (names: readonly string[]) => Label,
): NewImage {
  // A file that can't be used now says nothing of its label.
  if (file.reason !== null) return { ...file, split: row.split, importedLabel: row.importedLabel };
  // Its first bytes look fine, but decoding may have found more. What could not even be read is tried again.
  const reason = sameContent && row.hash !== null ? row.reason : null;
  return { ...file, reason, importedLabel: toLabel(label) };
}

function isAsStored(row: ImageRow, image: NewImage): boolean {
  return (
    !row.missing &&
    row.path === image.path &&
    row.size === image.size &&
    row.mtimeMs === image.mtimeMs &&
    row.ino === image.ino &&
    row.split === image.split &&
    row.reason === image.reason &&
    sameLabel(row.importedLabel, image.importedLabel)
  );
}

type SourceRow = Omit<NewImage, 'importedLabel'> & { readonly label: readonly string[] };

/** Images and problems, one a path. */
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
