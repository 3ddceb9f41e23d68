// Verdicts from a CSV, applied as one step.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { Decision, ImageId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import { presentImageAt } from '../store/images.ts';
import type { Db } from '../store/open.ts';
import { decide, ensureClass } from './labels.ts';
import { getProject } from '../store/project.ts';
import { latestRun, readScores } from '../store/runs.ts';
import { eachScore } from '../../shared/scores.ts';

const rowSchema = z.object({
  record: z.object({
    path: z.string().min(1),
    verdict: z.enum(['relabel', 'keep', 'exclude', 'unsure', 'clear']),
    label: z.string().default(''),
  }),
  info: z.object({ lines: z.number() }),
});

/**
 * Reads `path,verdict[,label]` and applies all of it, or nothing where a row is wrong. `store` runs the change of `db`.
 * @throws Failure `not-found`, `bad-labels` with the file and line.
 */
export async function applyVerdicts(
  { db, store }: { readonly db: Db; readonly store: <T>(change: () => T) => T },
  file: string,
  who: string,
): Promise<{ rows: number; changed: number }> {
  const rows = await readRows(file);
  const multiLabel = getProject(db)?.multiLabel ?? false;
  const seen = new Map<ImageId, number>();
  const run = latestRun(db);
  const losses = new Map(
    run ? [...eachScore(readScores(db, run.id))].map(({ image, loss }) => [image, loss] as const) : [],
  );

  // One transaction: a new class of a row is only there if its row is applied.
  const applyAll = db.transaction(() => {
    const decisions = rows.map(({ record: { path, verdict, label }, info: { lines } }) => {
      const wrong = (why: string) =>
        new Failure('bad-labels', `${basename(file)}, line ${lines}: ${why}. Nothing was applied.`);
      const image = presentImageAt(db, path);
      if (image === null) throw wrong(`there is no image ${path} in the data set`);
      const earlier = seen.get(image);
      if (earlier !== undefined) throw wrong(`${path} is listed on line ${earlier} already`);
      seen.set(image, lines);
      const names = label
        .split('|')
        .map((name) => name.trim())
        .filter((name) => name !== '');
      if (verdict === 'relabel' && names.length === 0) throw wrong('a relabel needs a label');
      if (names.length > 1 && !multiLabel) throw wrong('an image of this data set has one label');
      const decision: Decision =
        verdict === 'relabel'
          ? { verdict, label: names.map((name) => ensureClass(db, name).id) }
          : { verdict };
      return { image, decision };
    });
    const changed = decide(db, {
      decisions,
      who,
      what: `apply ${basename(file)} to ${decisions.length.toLocaleString('en')} images`,
      context: (image) => ({ run: run?.id ?? null, rank: null, loss: losses.get(image) ?? null }),
    });
    return { rows: rows.length, changed: changed.length };
  });
  return store(() => applyAll());
}

async function readRows(file: string): Promise<z.infer<typeof rowSchema>[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new Failure(
      'not-found',
      `${file} can't be read (${error instanceof Error ? error.message : String(error)}). Nothing was applied.`,
    );
  }
  try {
    const rows: unknown = parse(text, {
      bom: true,
      columns: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
    });
    return z.array(rowSchema).parse(rows);
  } catch (error) {
    if (error instanceof CsvError) {
      throw new Failure('bad-labels', `${file}: ${error.message}. Nothing was applied.`, { cause: error });
    }
    if (error instanceof z.ZodError) {
      const [issue] = error.issues;
      const row = typeof issue?.path[0] === 'number' ? `, row ${issue.path[0] + 1}` : '';
      const column = issue?.path.at(-1);
      throw new Failure(
        'bad-labels',
        `${file}${row}, column ${String(column)}: ${issue?.message ?? 'not understood'}. ` +
          'The columns are path,verdict[,label]; verdicts are relabel, keep, exclude, unsure and clear. Nothing was applied.',
        { cause: error },
      );
    }
    throw error;
  }
}
