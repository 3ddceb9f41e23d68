import type { Migration } from './migration.ts';

// Files that were moved on from trash/ to the system's trash are kept in the journal too.
export const systemTrash: Migration = {
  version: 50,
  sql: `
    CREATE TABLE file_moves_now (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      image INTEGER NOT NULL REFERENCES images (id),
      path TEXT NOT NULL,
      place TEXT NOT NULL,
      hash BLOB NOT NULL,
      state TEXT NOT NULL CHECK (
        state IN ('leaving', 'out', 'returning', 'back', 'stayed', 'discarding', 'discarded')
      )
    ) STRICT;
    INSERT INTO file_moves_now SELECT id, image, path, place, hash, state FROM file_moves;
    DROP TABLE file_moves;
    ALTER TABLE file_moves_now RENAME TO file_moves;
    CREATE INDEX file_moves_by_state ON file_moves (state, id);
  `,
};
