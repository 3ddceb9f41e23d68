// The journal of files that were moved out of the data set to the project's trash/, and back, or on to the system's trash.
import type { ImageId } from '../../shared/domain.ts';
import type { Db } from './connect.ts';

export type MoveState = 'leaving' | 'out' | 'returning' | 'back' | 'stayed' | 'discarding' | 'discarded';

export interface FileMove {
  readonly id: number;
  readonly image: ImageId;
  /** Relative to the data set. */
  readonly path: string;
  /** Relative to trash/. */
  readonly place: string;
  readonly hash: Buffer;
  readonly state: MoveState;
}

export function beginMove(db: Db, move: Pick<FileMove, 'image' | 'path' | 'place' | 'hash'>): FileMove {
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO file_moves (image, path, place, hash, state) VALUES (@image, @path, @place, @hash, 'leaving')`,
    )
    .run(move);
  return { ...move, id: Number(lastInsertRowid), state: 'leaving' };
}

export function putMove(db: Db, { id, path, place, state }: FileMove): void {
  db.prepare('UPDATE file_moves SET path = ?, place = ?, state = ? WHERE id = ?').run(path, place, state, id);
}

export function movesIn(db: Db, ...states: readonly MoveState[]): FileMove[] {
  return db
    .prepare<[string], FileMove>(
      'SELECT * FROM file_moves WHERE state IN (SELECT value FROM json_each(?)) ORDER BY id',
    )
    .all(JSON.stringify(states));
}
