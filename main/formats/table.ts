// The exports that are CSV files: the labels of a data set, and what was changed in it.
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { isWithin } from '../files/within.ts';
import type { ExportRow, ExportSource, Written } from './row.ts';
import type { Work } from '../work/work.ts';

/** Rows that are joined before they are written. */
const batchRows = 1_000;

/** Writes `path,label[,split]` of every row that is not excluded to `file`, for a CSV that will lie in `folder`. */
export async function writeLabels(
  file: string,
  folder: string,
  { root, rows }: ExportSource,
  work: Work,
): Promise<Written> {
  const kept = rows.filter((row) => row.verdict !== 'exclude');
  const hasSplits = kept.some((row) => row.split !== null);
  const below = isWithin(root, folder);
  const prefix = below ? path.relative(folder, root).split(path.sep).join('/') : '';
  const header = hasSplits ? ['path', 'label', 'split'] : ['path', 'label'];
  await writeTable(file, header, kept, work, (row) => {
    const fields = [path.posix.join(prefix, row.path), joinLabel(row.label)];
    return hasSplits ? [...fields, row.split ?? ''] : fields;
  });
  return {
    written: kept.length,
    excluded: rows.length - kept.length,
    notes: below ? [] : [`Its paths are relative to ${root}, which does not lie below it.`],
  };
}

/** Writes `path,from,to,verdict` of every row that is excluded or has another label than it came with. */
export async function writeChanges(file: string, { rows }: ExportSource, work: Work): Promise<Written> {
  const changes = rows.filter(
    (row) => row.verdict === 'exclude' || joinLabel(row.label) !== joinLabel(row.originalLabel),
  );
  await writeTable(file, ['path', 'from', 'to', 'verdict'], changes, work, (row) => [
    row.path,
    joinLabel(row.originalLabel),
    row.verdict === 'exclude' ? '' : joinLabel(row.label),
    row.verdict ?? '',
  ]);
  return { written: changes.length, excluded: 0, notes: [] };
}

async function writeTable(
  file: string,
  header: readonly string[],
  rows: readonly ExportRow[],
  { signal, progress }: Work,
  fieldsOf: (row: ExportRow) => readonly string[],
): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.writeFile(line(header));
  for (let start = 0; start < rows.length; start += batchRows) {
    signal.throwIfAborted();
    const batch = rows.slice(start, start + batchRows);
    await handle.writeFile(batch.map((row) => line(fieldsOf(row))).join(''));
    progress('export', start + batch.length, rows.length);
  }
}

function joinLabel(label: readonly string[]): string {
  const ambiguous = label.find((name) => name.includes('|'));
  if (ambiguous !== undefined)
    throw new Failure(
      'bad-request',
      `The class "${ambiguous}" has a "|" in its name, which a CSV uses between several labels. Export a folder instead, or rename the class.`,
    );
  return label.join('|');
}

function line(fields: readonly string[]): string {
  return `${fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')}\n`;
}
