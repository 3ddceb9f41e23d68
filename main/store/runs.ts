// Training runs and the scores that they gave, kept so that two of them can be compared.
import type { RunId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import { emptyScores, type Scores } from '../../shared/scores.ts';
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
export function insertRun(db: Db, run: Omit<RunRow, 'id'>, scores: Scores): RunId {
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

function insertScores(db: Db, run: RunId, scores: Scores): void {
  newScores(db).run({
    run,
    images: toBytes(scores.images),
    loss: toBytes(scores.loss),
    probability: toBytes(scores.probability),
    predicted: toBytes(scores.predicted),
    perImage: scores.perImage,
    suggestedClasses: toBytes(scores.suggestedClasses),
    suggestedProbabilities: toBytes(scores.suggestedProbabilities),
  });
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
export function readScores(db: Db, run: RunId): Scores {
  const stored = db.prepare<[RunId], StoredScores>('SELECT * FROM scores WHERE run = ?').get(run);
  if (!stored) return emptyScores(0, 0);
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
