// The current state of a project, as the export reads it.
import { join } from 'node:path';
import type { ExportRow, ExportSource } from '../formats/row.ts';
import { fineTunedModel } from '../runs/fineTune.ts';
import type { Project } from '../project/open.ts';
import { movesIn } from '../store/fileMoves.ts';
import { DataSet } from '../dataset/dataset.ts';

export function exportSource(project: Pick<Project, 'db' | 'root' | 'dataset'>): ExportSource {
  const { db, dataset, root } = project;
  return { dataset, root, rows: exportRows(project), model: fineTunedModel(db) };
}

/** Every image that can be read and is there, or was moved out by Toploss, in the order of paths. */
function exportRows({ db, root }: Pick<Project, 'db' | 'root'>): ExportRow[] {
  const dataset = DataSet.read(db);
  // Their verdict stays: the list of changes has them too.
  const out = new Set(movesIn(db, 'out', 'discarded').map(({ image }) => image));
  return dataset.images
    .filter(({ id, reason, missing }) => reason === null && (!missing || out.has(id)))
    .map(({ path, label, importedLabel, split, verdict }) => ({
      path,
      file: join(root, path),
      label: dataset.namesOf(label),
      originalLabel: dataset.namesOf(importedLabel),
      split,
      verdict,
    }));
}
