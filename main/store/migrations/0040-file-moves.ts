import type { Migration } from './migration.ts';

// The journal of files that were moved out of the data set, each written before its file is touched, so that a move
// that was interrupted is finished or taken back the next time.
export const fileMoves: Migration = {
  version: 40,
  sql: `
    CREATE TABLE file_moves (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      image INTEGER NOT NULL REFERENCES images (id),
      -- Relative to the data set, and to trash/ in the project's folder.
      path TEXT NOT NULL,
      place TEXT NOT NULL,
      hash BLOB NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('leaving', 'out', 'returning', 'back', 'stayed'))
    ) STRICT;
    CREATE INDEX file_moves_by_state ON file_moves (state, id);
  `,
};
