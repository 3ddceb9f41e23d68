// One step of the schema.
import type { Database } from 'better-sqlite3';

export interface Migration {
  /** Becomes the file's `user_version`. Counted by tens, so that branches can slot in. */
  readonly version: number;
  readonly sql: string;
  /** What SQL alone can't do; runs after it. */
  readonly convert?: (db: Database) => void;
}
