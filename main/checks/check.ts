// What a check is: it finds images that a person should look at, from what is kept of the data set. A check is one file
// and one line in index.ts; its findings are made anew whenever they are asked for.
import type { FindingKind, Findings } from '../../shared/findings.ts';
import type { ImageId } from '../../shared/domain.ts';
import type { Scores } from '../../shared/scores.ts';
import type { DataSet } from '../dataset/dataset.ts';

/** What a check may look at. */
export interface Checked {
  readonly dataSet: DataSet;
  /** Of the ranking in use; null before the first. */
  readonly scores: Scores | null;
}

export interface Check {
  readonly kind: FindingKind;
  run(checked: Checked): Findings;
}

/** One row of the findings. */
export interface Finding {
  readonly image: ImageId;
  readonly score: number;
  /** From 0; -1: the image alone. */
  readonly group: number;
  readonly evidence: string;
}

/** As columns, in the order given. */
export function findings(kind: FindingKind, rows: readonly Finding[]): Findings {
  return {
    kind,
    images: Int32Array.from(rows, ({ image }) => image),
    score: Float32Array.from(rows, ({ score }) => score),
    group: Int32Array.from(rows, ({ group }) => group),
    evidence: rows.map(({ evidence }) => evidence),
  };
}
