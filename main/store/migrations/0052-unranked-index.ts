import type { Migration } from './migration.ts';

// Files that are not ranked are few, and were counted by a walk over all images at each opening.
export const unrankedIndex: Migration = {
  version: 52,
  sql: 'CREATE INDEX images_not_ranked ON images (path) WHERE missing = 0 AND reason IS NOT NULL;',
};
