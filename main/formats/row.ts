// What an export writes, and what it says when it is done.
import type { ExportResult, Verdict } from '../../shared/contract.ts';

/** One image as it stands now. */
export interface ExportRow {
  /** Relative to the data set's root, with `/`. */
  readonly path: string;
  /** Absolute path of the original. */
  readonly file: string;
  readonly label: readonly string[];
  /** The label that the data set came with. */
  readonly originalLabel: readonly string[];
  readonly split: string | null;
  readonly verdict: Verdict | null;
}

export interface ExportSource {
  /** The folder or CSV that was opened, absolute. */
  readonly dataset: string;
  /** The folder that paths are relative to, absolute. */
  readonly root: string;
  /** In the order in which they are to be written. */
  readonly rows: readonly ExportRow[];
  /** The folder of the network that was fine-tuned last; null where none was. */
  readonly model: string | null;
}

export interface ExportReport extends ExportResult {
  /** Sentences on what a reader would not expect: names that had to change, what paths are relative to. */
  readonly notes: readonly string[];
}

/** What a writer did; each writes to a temporary place that is not there yet. */
export type Written = Pick<ExportReport, 'written' | 'excluded' | 'notes'>;
