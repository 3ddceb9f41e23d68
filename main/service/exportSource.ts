// The current state of a project, as the export reads it.
import { join } from 'node:path';
import type { ClassId, Label } from '../../shared/domain.ts';
import type { ExportRow, ExportSource } from '../formats/row.ts';
import { fineTunedModel } from '../runs/fineTune.ts';
import type { Project } from '../project/open.ts';
import { movesIn } from '../store/fileMoves.ts';
import { allImages } from '../store/images.ts';
import { allClasses, allStandings } from '../labels/labels.ts';

export function exportSource(project: Pick<Project, 'db' | 'root' | 'dataset'>): ExportSource {
  const { db, dataset, root } = project;
  return { dataset, root, rows: exportRows(project), model: fineTunedModel(db) };
}

/** Every image that can be read and is there, or was moved out by Toploss, in the order of paths. */
function exportRows({ db, root }: Pick<Project, 'db' | 'root'>): ExportRow[] {
  const names = new Map<ClassId, string>(allClasses(db).map(({ id, name }) => [id, name]));
  const toNames = (label: Label) => label.flatMap((id) => names.get(id) ?? []);
  const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
  // Their verdict stays: the list of changes has them too.
  const out = new Set(movesIn(db, 'out', 'discarded').map(({ image }) => image));
  return allImages(db)
    .filter(({ id, reason, missing }) => reason === null && (!missing || out.has(id)))
    .map(({ id, path, importedLabel, split }) => ({
      path,
      file: join(root, path),
      label: toNames(standings.get(id)?.label ?? importedLabel),
      originalLabel: toNames(importedLabel),
      split,
      verdict: standings.get(id)?.verdict ?? null,
    }));
}
