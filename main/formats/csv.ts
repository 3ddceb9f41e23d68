// Reads labels from a CSV: `path,label[,split]`, one row an image. Does not look whether the files are there.
import { isUtf8 } from 'node:buffer';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import type { Problem } from '../../shared/contract.ts';
import { Failure } from '../../shared/failure.ts';
import { readFailure } from '../files/reason.ts';
import { isWithin } from '../files/within.ts';
import type { Labelled } from './labelled.ts';

/** Names of the columns, where they are not `path`, `label` and `split`. */
export interface Columns {
  readonly path?: string | undefined;
  readonly label?: string | undefined;
  readonly split?: string | undefined;
}

export interface Row extends Labelled {
  /** Relative to the data set's root, with `/`. */
  readonly path: string;
  /** Line of the file on which the row begins, from 1. */
  readonly line: number;
}

export interface LabelTable {
  /** The file's name, for messages. */
  readonly name: string;
  readonly rows: readonly Row[];
  /** Rows whose path leads out of the root. */
  readonly problems: readonly Problem[];
}

/**
 * Reads `file`: UTF-8 with or without a byte order mark, comma-separated, fields quoted with `"` where they need it, a
 * header in the first row. Paths are relative to the CSV's folder and lie under `root`. Several labels of one image are
 * separated by `|`; an empty label is none. Other columns are ignored.
 *
 * Throws `not-found` where the file cannot be read, and `bad-labels`, naming file and line, where it cannot be understood.
 */
export async function readLabelTable(file: string, root: string, columns: Columns = {}): Promise<LabelTable> {
  const name = path.basename(file);
  const text = await readText(file);
  const [folder, top] = await Promise.all([realpath(path.dirname(file)), realpath(root)]);
  const rows: Row[] = [];
  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  let header: Header | null = null;
  for (const { fields, line } of parseRows(text, name)) {
    if (header === null) {
      header = findColumns(fields, columns, name);
      continue;
    }
    const written = fields[header.path] ?? '';
    if (written === '') throw new Failure('bad-labels', `${name}, line ${line}: the path is empty.`);
    const relative = underRoot(written, folder, top);
    const earlier = lines.get(relative ?? written);
    if (earlier !== undefined)
      throw new Failure(
        'bad-labels',
        `${name} lists "${written}" twice, on lines ${earlier} and ${line}. ` +
          'Keep one row per image; several labels of one image go into one row with "|" between them.',
      );
    lines.set(relative ?? written, line);
    if (relative === null) {
      problems.push({
        path: written,
        reason: `listed in ${name}, line ${line}: it is not in the data set's folder`,
      });
      continue;
    }
    const label = new Set((fields[header.label] ?? '').split('|').filter((part) => part !== ''));
    const split = header.split === null ? null : fields[header.split] || null;
    rows.push({ path: relative, label: [...label], split, line });
  }
  if (header === null)
    throw new Failure(
      'bad-labels',
      `${name} is empty. It needs a first line that names its columns: path,label.`,
    );
  return { name, rows, problems };
}

async function readText(file: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new Failure('not-found', `${file}: ${readFailure(error)}. Nothing was changed.`, { cause: error });
  }
  if (!isUtf8(bytes))
    throw new Failure(
      'bad-labels',
      `${path.basename(file)} is not UTF-8 text. Save it as "CSV UTF-8" and open it again.`,
    );
  return bytes;
}

function parseRows(text: Buffer, name: string): { fields: readonly string[]; line: number }[] {
  const rows: { fields: readonly string[]; line: number }[] = [];
  let lastLine = 0;
  try {
    parse(text, {
      bom: true,
      skip_empty_lines: true,
      on_record: (fields: string[], { lines }) => {
        // The parser counts lines up to the row's end; its fields may hold some of them.
        rows.push({
          fields,
          line: lines - fields.reduce((sum, field) => sum + field.split('\n').length - 1, 0),
        });
        lastLine = lines;
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Failure('bad-labels', `${name}, ${csvProblem(error, lastLine)}`, { cause: error });
  }
  return rows;
}

function csvProblem(error: CsvError, lastLine: number): string {
  if (error.code === 'CSV_QUOTE_NOT_CLOSED')
    return `line ${lastLine + 1}: a quote is opened here or below and never closed. Close it, and write a quote within a field twice.`;
  const line = `line ${error.lines}`;
  if (error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH')
    return `${line}: the row does not have as many fields as the header. Quote fields that contain a comma.`;
  return `${line}: a quote is out of place. Quote the whole field, and write a quote within it twice.`;
}

interface Header {
  readonly path: number;
  readonly label: number;
  readonly split: number | null;
}

function findColumns(header: readonly string[], columns: Columns, name: string): Header {
  const names = header.map((field) => field.trim());
  const find = (column: string) => {
    const index = names.indexOf(column);
    if (index >= 0) return index;
    throw new Failure(
      'bad-labels',
      `${name} has no column "${column}". Its first line names: ${names.join(', ')}. Rename one there, or say which column it is.`,
    );
  };
  return {
    path: find(columns.path ?? 'path'),
    label: find(columns.label ?? 'label'),
    split: columns.split === undefined && !names.includes('split') ? null : find(columns.split ?? 'split'),
  };
}

/** The path relative to `root`, or null where it is absolute or leads elsewhere. */
function underRoot(written: string, folder: string, root: string): string | null {
  const native = path.sep === '\\' ? written.replaceAll('\\', '/') : written;
  if (path.isAbsolute(native) || native.includes('\0')) return null;
  const file = path.join(folder, native);
  return file === root || !isWithin(file, root) ? null : path.relative(root, file).split(path.sep).join('/');
}
