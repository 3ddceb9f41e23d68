import type { Database } from 'better-sqlite3';
import type { Migration } from './migration.ts';

// The scores of a run were a row an image, with the suggestions as JSON: to read those of 100,000 images took a second.
// Now they are one row of columns, each an array of numbers of four bytes. The label that a loss is of is not kept: it
// is the one of the run's version.
export const scoreColumns: Migration = {
  version: 51,
  sql: `
    ALTER TABLE scores RENAME TO scores_by_image;
    CREATE TABLE scores (
      run INTEGER PRIMARY KEY REFERENCES runs (id),
      -- Integers, ascending.
      images BLOB NOT NULL,
      -- Floats, one an image; not a number where it had no label.
      loss BLOB NOT NULL,
      probability BLOB NOT NULL,
      -- Integers, one an image: the best class of all.
      predicted BLOB NOT NULL,
      -- How many suggestions an image has at most, and so many integers and floats an image: the best other classes,
      -- best first, and zeros where it has fewer.
      per_image INTEGER NOT NULL,
      suggested_classes BLOB NOT NULL,
      suggested_probabilities BLOB NOT NULL
    ) STRICT;
  `,
  convert(db) {
    for (const run of db.prepare<[], number>('SELECT DISTINCT run FROM scores_by_image').pluck().all())
      convertRun(db, run);
    db.exec('DROP TABLE scores_by_image');
  },
};

type ScoreOfImage = [
  image: number,
  loss: number | null,
  probability: number | null,
  predicted: number,
  string,
];

function convertRun(db: Database, run: number): void {
  const rows = db
    .prepare<[number], ScoreOfImage>(
      `SELECT image, loss, probability, predicted, suggestions FROM scores_by_image WHERE run = ? ORDER BY image`,
    )
    .raw()
    .all(run);
  const suggestions = rows.map(([, , , , stored]) => JSON.parse(stored) as [number, number][]);
  const perImage = suggestions.reduce((most, { length }) => Math.max(most, length), 0);
  const filled = (place: 0 | 1) =>
    suggestions.flatMap((ofImage) =>
      Array.from({ length: perImage }, (_, rank) => ofImage[rank]?.[place] ?? 0),
    );
  db.prepare('INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
    run,
    bytes(Int32Array.from(rows, ([image]) => image)),
    bytes(Float32Array.from(rows, ([, loss]) => loss ?? Number.NaN)),
    bytes(Float32Array.from(rows, ([, , probability]) => probability ?? Number.NaN)),
    bytes(Int32Array.from(rows, ([, , , predicted]) => predicted)),
    perImage,
    bytes(Int32Array.from(filled(0))),
    bytes(Float32Array.from(filled(1))),
  );
}

const bytes = (numbers: Int32Array | Float32Array) => Buffer.from(numbers.buffer);
