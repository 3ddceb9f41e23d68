// The one row that says which data set a project is about, and how its labels are found.
import { z } from 'zod';
import type { Db } from './open.ts';

const sourceSchema = z.object({
  /** A CSV of labels for a folder. */
  labels: z.string().exactOptional(),
  /** A regular expression with the named group `label`. */
  pattern: z.string().exactOptional(),
  /** Names of the CSV's columns where they are not the usual ones. */
  columns: z
    .object({
      path: z.string().exactOptional(),
      label: z.string().exactOptional(),
      split: z.string().exactOptional(),
    })
    .exactOptional(),
});

export type LabelSource = z.infer<typeof sourceSchema>;

export interface ProjectRow {
  /** Absolute path of the folder or CSV. */
  readonly dataset: string;
  readonly source: LabelSource;
  readonly multiLabel: boolean;
}

export function getProject(db: Db): ProjectRow | null {
  const row = db
    .prepare<[], { dataset: string; source: string; multi_label: 0 | 1 }>(
      'SELECT dataset, source, multi_label FROM project WHERE id = 1',
    )
    .get();
  return row
    ? {
        dataset: row.dataset,
        source: sourceSchema.parse(JSON.parse(row.source)),
        multiLabel: row.multi_label === 1,
      }
    : null;
}

export function putProject(db: Db, { dataset, source, multiLabel }: ProjectRow): void {
  db.prepare(
    `INSERT INTO project (id, dataset, source, multi_label) VALUES (1, @dataset, @source, @multiLabel)
     ON CONFLICT (id) DO UPDATE SET dataset = @dataset, source = @source, multi_label = @multiLabel`,
  ).run({ dataset, source: JSON.stringify(source), multiLabel: Number(multiLabel) });
}
