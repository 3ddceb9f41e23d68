import type { Migration } from './migration.ts';

// A class can be renamed, merged, deleted or split. That is no verdict, so the label that an image has without any
// verdict, its base, changes with it; the label that the data set came with stays what it was.
export const classChanges: Migration = {
  version: 20,
  sql: `
    -- Null: imported_label.
    ALTER TABLE labels ADD COLUMN base TEXT;
    -- Both null where the event is not about classes.
    ALTER TABLE label_events ADD COLUMN from_base TEXT;
    ALTER TABLE label_events ADD COLUMN to_base TEXT;
  `,
};
