import type { Migration } from './migration.ts';

// A label is stored as the JSON array of its class ids in ascending order: '[]' no label, '[3]' one, '[3,7]' several.
export const initial: Migration = {
  version: 10,
  sql: `
    CREATE TABLE project (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      dataset TEXT NOT NULL,
      -- How labels are found, as JSON: {"labels", "pattern", "columns"}.
      source TEXT NOT NULL,
      multi_label INTEGER NOT NULL DEFAULT 0,
      -- Grows with every change of a label, an exclusion or the set of images; runs remember the version they know.
      version INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE classes (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE
    ) STRICT;

    CREATE TABLE images (
      id INTEGER PRIMARY KEY,
      path TEXT NOT NULL,
      size INTEGER NOT NULL,
      mtime_ms REAL NOT NULL,
      ino INTEGER NOT NULL,
      -- SHA-256 of the file's bytes; null until it was read.
      hash BLOB,
      -- 'jpeg', 'png' …; null where the content is no image that Toploss reads.
      format TEXT,
      width INTEGER,
      height INTEGER,
      split TEXT,
      imported_label TEXT NOT NULL,
      -- Why the file is not ranked; null where it is fine.
      reason TEXT,
      missing INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    -- Of those that had this path, at most one is there now.
    CREATE UNIQUE INDEX images_by_path ON images (path) WHERE missing = 0;
    CREATE INDEX images_by_hash ON images (hash) WHERE hash IS NOT NULL;

    -- Where each image stands now. Derived from imported_label and label_events, kept in step with them.
    CREATE TABLE labels (
      image INTEGER PRIMARY KEY REFERENCES images (id),
      label TEXT NOT NULL,
      verdict TEXT CHECK (verdict IN ('relabel', 'keep', 'exclude', 'unsure')),
      decided_at INTEGER
    ) STRICT;

    CREATE TABLE runs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      version INTEGER NOT NULL,
      seed INTEGER NOT NULL,
      backbone TEXT NOT NULL,
      engine TEXT NOT NULL,
      -- JSON: backbone file and side, lambda, temperature, classes.
      recipe TEXT NOT NULL,
      -- JSON: seconds of scan, features, head.
      timings TEXT NOT NULL,
      images INTEGER NOT NULL,
      mean_loss REAL NOT NULL,
      accuracy REAL NOT NULL
    ) STRICT;

    CREATE TABLE scores (
      run INTEGER NOT NULL REFERENCES runs (id),
      image INTEGER NOT NULL REFERENCES images (id),
      -- Null where the image had no label.
      loss REAL,
      probability REAL,
      predicted INTEGER NOT NULL,
      -- The label that the loss is of.
      label TEXT NOT NULL,
      -- JSON: [[class, probability], …], the best other classes, best first.
      suggestions TEXT NOT NULL,
      PRIMARY KEY (run, image)
    ) STRICT, WITHOUT ROWID;

    -- One step is one decision of a person, over one image or many: the unit of undo and redo.
    CREATE TABLE steps (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      who TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('decide', 'import', 'undo', 'redo')),
      what TEXT NOT NULL,
      -- The decision that an undo or redo is about.
      target INTEGER REFERENCES steps (id),
      -- For decisions: 'done', 'undone', or 'gone' (undone, and a newer decision took its place).
      state TEXT CHECK (state IN ('done', 'undone', 'gone'))
    ) STRICT;
    CREATE INDEX steps_by_state ON steps (state, id) WHERE state IS NOT NULL;

    CREATE TABLE label_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      step INTEGER NOT NULL REFERENCES steps (id),
      image INTEGER NOT NULL REFERENCES images (id),
      from_label TEXT NOT NULL,
      to_label TEXT NOT NULL,
      from_verdict TEXT,
      to_verdict TEXT,
      -- What the ranking said when the decision was made.
      run INTEGER REFERENCES runs (id),
      rank INTEGER,
      loss REAL
    ) STRICT;
    CREATE INDEX label_events_by_image ON label_events (image, id);
    CREATE INDEX label_events_by_step ON label_events (step);
    CREATE TRIGGER label_events_are_never_changed BEFORE UPDATE ON label_events
      BEGIN SELECT RAISE(ABORT, 'label_events is append-only'); END;
    CREATE TRIGGER label_events_are_never_deleted BEFORE DELETE ON label_events
      BEGIN SELECT RAISE(ABORT, 'label_events is append-only'); END;
  `,
};
