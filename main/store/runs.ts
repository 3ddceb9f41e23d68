// Training runs and the scores that they gave, kept so that two of them can be compared.
import type { ClassId, ImageId, RunId, Suggestion } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import type { Db } from './open.ts';
import { prepared } from './prepared.ts';

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
  /** The best other classes, best first. */
  readonly suggestions: readonly Suggestion[];
}

/** The scores of a run, one number an image, in single precision as they were computed. */
export interface ScoreColumns {
  /** Ascending. */
  readonly images: Int32Array;
  /** Not a number where the image had no label. */
  readonly loss: Float32Array;
  readonly probability: Float32Array;
  /** Class ids. */
  readonly predicted: Int32Array;
  /** Suggestions an image: in the next two it has so many numbers, zeros where it has fewer of them. */
  readonly perImage: number;
  readonly suggestedClasses: Int32Array;
  readonly suggestedProbabilities: Float32Array;
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
export function insertRun(db: Db, run: Omit<RunRow, 'id'>, scores: ScoreColumns): RunId {
  return db.transaction(() => {
    const { lastInsertRowid } = db
      .prepare(
        `INSERT INTO runs (at, version, seed, backbone, engine, recipe, timings, images, mean_loss, accuracy)
         VALUES (@at, @version, @seed, @backbone, @engine, @recipe, @timings, @images, @meanLoss, @accuracy)`,
      )
      .run({ ...run, recipe: JSON.stringify(run.recipe), timings: JSON.stringify(run.timings) });
    const id = Number(lastInsertRowid) as RunId;
    insertScores(db, id, scores);
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

const newScores = prepared<[object]>(
  `INSERT INTO scores
     (run, images, loss, probability, predicted, per_image, suggested_classes, suggested_probabilities)
   VALUES
     (@run, @images, @loss, @probability, @predicted, @perImage, @suggestedClasses, @suggestedProbabilities)`,
);

function insertScores(db: Db, run: RunId, columns: ScoreColumns): void {
  newScores(db).run({
    run,
    images: toBytes(columns.images),
    loss: toBytes(columns.loss),
    probability: toBytes(columns.probability),
    predicted: toBytes(columns.predicted),
    perImage: columns.perImage,
    suggestedClasses: toBytes(columns.suggestedClasses),
    suggestedProbabilities: toBytes(columns.suggestedProbabilities),
  });
}

/** Columns of so many images, without a score and a suggestion yet. */
export function emptyColumns(images: number, perImage: number): ScoreColumns {
  return {
    images: new Int32Array(images),
    loss: new Float32Array(images).fill(Number.NaN),
    probability: new Float32Array(images).fill(Number.NaN),
    predicted: new Int32Array(images),
    perImage,
    suggestedClasses: new Int32Array(images * perImage),
    suggestedProbabilities: new Float32Array(images * perImage),
  };
}

interface StoredScores {
  images: Buffer;
  loss: Buffer;
  probability: Buffer;
  predicted: Buffer;
  per_image: number;
  suggested_classes: Buffer;
  suggested_probabilities: Buffer;
}

/** All scores of a run at once; none where there is no such run. */
export function scoreColumns(db: Db, run: RunId): ScoreColumns {
  const stored = db.prepare<[RunId], StoredScores>('SELECT * FROM scores WHERE run = ?').get(run);
  if (!stored) return emptyColumns(0, 0);
  return {
    images: new Int32Array(numbersIn(stored.images)),
    loss: new Float32Array(numbersIn(stored.loss)),
    probability: new Float32Array(numbersIn(stored.probability)),
    predicted: new Int32Array(numbersIn(stored.predicted)),
    perImage: stored.per_image,
    suggestedClasses: new Int32Array(numbersIn(stored.suggested_classes)),
    suggestedProbabilities: new Float32Array(numbersIn(stored.suggested_probabilities)),
  };
}

// Every platform that Toploss runs on stores the lower half of a number first.
const toBytes = ({ buffer, byteOffset, byteLength }: Int32Array | Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** A copy: what SQLite gives need not begin where a number may. */
const numbersIn = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

/** The scores of a run, one by one, in the order of image ids. */
export function* scoresOf(db: Db, run: RunId): Generator<ScoreRow> {
  const columns = scoreColumns(db, run);
  const { perImage } = columns;
  for (const [row, image] of columns.images.entries()) {
    const suggestions: Suggestion[] = [];
    for (let place = row * perImage; place < (row + 1) * perImage; place++) {
      const id = columns.suggestedClasses[place] as ClassId;
      if (id > 0) suggestions.push({ class: id, probability: columns.suggestedProbabilities[place] ?? 0 });
    }
    yield {
      image: image as ImageId,
      loss: known(columns.loss[row]),
      probability: known(columns.probability[row]),
      predicted: columns.predicted[row] as ClassId,
      suggestions,
    };
  }
}

const known = (value = Number.NaN) => (Number.isNaN(value) ? null : value);
