// Training runs and the scores that they gave, kept so that two of them can be compared.
import type { ClassId, ImageId, Label, RunId, Suggestion } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import { formatLabel, parseLabel } from './labels.ts';
import type { Db } from './open.ts';

export interface RunRow {
  readonly id: RunId;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The labels' version that the run was trained on. */
  readonly version: number;
  readonly seed: number;
  readonly backbone: string;
  readonly engine: string;
  readonly recipe: Readonly<Record<string, unknown>>;
  /** Seconds by phase. */
  readonly timings: Readonly<Record<string, number>>;
  readonly images: number;
  readonly meanLoss: number;
  readonly accuracy: number;
}

export interface ScoreRow {
  readonly image: ImageId;
  /** Null where the image had no label. */
  readonly loss: number | null;
  readonly probability: number | null;
  /** The best class of all. */
  readonly predicted: ClassId;
  /** The label that the loss is of. */
  readonly label: Label;
  /** The best other classes, best first. */
  readonly suggestions: readonly Suggestion[];
}

interface StoredRun extends Omit<RunRow, 'recipe' | 'timings' | 'meanLoss'> {
  recipe: string;
  timings: string;
  mean_loss: number;
}

const fromStored = ({ mean_loss, recipe, timings, ...row }: StoredRun): RunRow => ({
  ...row,
  recipe: JSON.parse(recipe) as RunRow['recipe'],
  timings: JSON.parse(timings) as RunRow['timings'],
  meanLoss: mean_loss,
});

/** Stores a run and its scores in one transaction. */
export function insertRun(db: Db, run: Omit<RunRow, 'id'>, scores: Iterable<ScoreRow>): RunId {
  return db.transaction(() => {
    const { lastInsertRowid } = db
      .prepare(
        `INSERT INTO runs (at, version, seed, backbone, engine, recipe, timings, images, mean_loss, accuracy)
         VALUES (@at, @version, @seed, @backbone, @engine, @recipe, @timings, @images, @meanLoss, @accuracy)`,
      )
      .run({ ...run, recipe: JSON.stringify(run.recipe), timings: JSON.stringify(run.timings) });
    const id = Number(lastInsertRowid) as RunId;
    const insert = db.prepare(
      `INSERT INTO scores (run, image, loss, probability, predicted, label, suggestions)
       VALUES (@run, @image, @loss, @probability, @predicted, @label, @suggestions)`,
    );
    for (const score of scores) {
      insert.run({
        run: id,
        image: score.image,
        loss: score.loss,
        probability: score.probability,
        predicted: score.predicted,
        label: formatLabel(score.label),
        suggestions: JSON.stringify(score.suggestions.map((s) => [s.class, s.probability])),
      });
    }
    return id;
  })();
}

/** All runs, oldest first. */
export function allRuns(db: Db): RunRow[] {
  return db.prepare<[], StoredRun>('SELECT * FROM runs ORDER BY id').all().map(fromStored);
}

/** @throws Failure `not-found` */
export function getRun(db: Db, id: RunId): RunRow {
  const row = db.prepare<[RunId], StoredRun>('SELECT * FROM runs WHERE id = ?').get(id);
  if (row) return fromStored(row);
  const known = allRuns(db).map((run) => run.id);
  throw new Failure(
    'not-found',
    `There is no run ${id}. Runs of this project: ${known.join(', ') || 'none yet'}.`,
  );
}

export function latestRun(db: Db): RunRow | null {
  const row = db.prepare<[], StoredRun>('SELECT * FROM runs ORDER BY id DESC LIMIT 1').get();
  return row ? fromStored(row) : null;
}

/** Whether the run's scores come from networks that were trained, not from features and a head. */
export const isFineTuned = ({ recipe }: Pick<RunRow, 'recipe'>) => recipe['kind'] === 'finetune';

interface StoredScore extends Omit<ScoreRow, 'label' | 'suggestions'> {
  label: string;
  suggestions: string;
}

/** How many scores a run has, and how many suggestions an image at most. */
export function scoresSize(db: Db, run: RunId): { readonly images: number; readonly perImage: number } {
  const size = db
    .prepare<[RunId], { images: number; perImage: number }>(
      `SELECT count(*) AS images, coalesce(max(json_array_length(suggestions)), 0) AS perImage
       FROM scores WHERE run = ?`,
    )
    .get(run);
  return size ?? { images: 0, perImage: 0 };
}

/** The scores of a run, one by one, in the order of image ids. */
export function* scoresOf(db: Db, run: RunId): Generator<ScoreRow> {
  const rows = db
    .prepare<[RunId], StoredScore>(
      'SELECT image, loss, probability, predicted, label, suggestions FROM scores WHERE run = ? ORDER BY image',
    )
    .iterate(run);
  for (const row of rows) {
    const suggestions = JSON.parse(row.suggestions) as [ClassId, number][];
    yield {
      ...row,
      label: parseLabel(row.label),
      suggestions: suggestions.map(([id, probability]) => ({ class: id, probability })),
    };
  }
}

interface FlatScore extends Pick<ScoreRow, 'image' | 'loss' | 'probability' | 'predicted'> {
  /** Class, probability, class, probability …: a tenth of the objects, where a whole ranking is read. */
  readonly suggestions: readonly number[];
}

/** As `scoresOf`, in half the time. */
export function* flatScoresOf(db: Db, run: RunId): Generator<FlatScore> {
  const rows = db
    .prepare<[RunId], [ImageId, number | null, number | null, ClassId, string]>(
      `SELECT image, loss, probability, predicted, replace(suggestions, '],[', ',')
       FROM scores WHERE run = ? ORDER BY image`,
    )
    .raw()
    .iterate(run);
  for (const [image, loss, probability, predicted, stored] of rows) {
    const [suggestions = []] = JSON.parse(stored) as number[][];
    yield { image, loss, probability, predicted, suggestions };
  }
}
