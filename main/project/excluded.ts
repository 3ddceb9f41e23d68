// Moves excluded images out of the data set, to trash/ in the project's folder, and puts them back. Each move is in
// the journal before its file is touched. A verdict stays whatever happens to its file.
import { lstatSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { errorCode } from '../catalog/io-reason.ts';
import { beginMove, movedOut, movesIn, putMove, type FileMove } from '../store/fileMoves.ts';
import { allImages, getImage, setMissing } from '../store/images.ts';
import { allStandings } from '../store/labels.ts';
import { moveFile, type Observe } from './moveFile.ts';
import type { Project } from './open.ts';

export interface MoveOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  readonly observe?: Observe;
}

interface CarryOptions extends MoveOptions {
  readonly resumed?: boolean;
}

export interface MoveReport {
  readonly moved: number;
  /** Files that stayed where they were, each with the reason. */
  readonly stayed: readonly { readonly path: string; readonly reason: string }[];
}

export const trashOf = (project: Pick<Project, 'folder'>): string => join(project.folder, 'trash');

/** Moves every excluded image that is there out of the data set. Cancelled, it leaves the rest where they are. */
export async function moveExcludedOut(project: Project, options: MoveOptions = {}): Promise<MoveReport> {
  const { db } = project;
  await finishMoves(project);
  const excluded = new Set(
    allStandings(db).flatMap(({ image, verdict }) => (verdict === 'exclude' ? [image] : [])),
  );
  const rows = allImages(db).filter(({ id, missing, reason }) => excluded.has(id) && !missing && !reason);
  const stayed: { path: string; reason: string }[] = [];
  const moves: FileMove[] = [];
  project.store(() =>
    db.transaction(() => {
      for (const { id, path, hash } of rows) {
        if (hash) moves.push(beginMove(db, { image: id, path, place: path, hash }));
        else stayed.push({ path, reason: 'it was never read: rank the data set first' });
      }
    })(),
  );
  const report = await carryOut(project, moves, options);
  return { moved: report.moved, stayed: [...stayed, ...report.stayed] };
}

/** Puts back all that was moved out. Where another file has taken the name, it gets a number. */
export async function putExcludedBack(project: Project, options: MoveOptions = {}): Promise<MoveReport> {
  await finishMoves(project);
  const moves = movedOut(project.db).map((move): FileMove => ({ ...move, state: 'returning' }));
  record(project, moves);
  return carryOut(project, moves, options);
}

/** Goes on with the moves that a kill interrupted. */
export async function finishMoves(project: Project, options: MoveOptions = {}): Promise<void> {
  const { db } = project;
  await carryOut(project, [...movesIn(db, 'leaving'), ...movesIn(db, 'returning')], {
    ...options,
    resumed: true,
  });
}

async function carryOut(
  project: Project,
  moves: readonly FileMove[],
  options: CarryOptions,
): Promise<MoveReport> {
  const { signal, onProgress } = options;
  const stayed: { path: string; reason: string }[] = [];
  let done = 0;
  for (const [n, move] of moves.entries()) {
    if (signal?.aborted) {
      // What has not begun is as if it had not been asked for.
      record(project, moves.slice(n).map(asBefore));
      signal.throwIfAborted();
    }
    try {
      await carryOutOne(project, move, options);
      done += 1;
    } catch (error) {
      const reason = reasonOf(error);
      record(project, [asBefore(move)]);
      stayed.push({ path: move.path, reason });
    }
    onProgress?.(n + 1, moves.length);
  }
  return { moved: done, stayed };
}

async function carryOutOne(
  project: Project,
  move: FileMove,
  { observe, resumed = false }: CarryOptions,
): Promise<void> {
  const { db, root } = project;
  const [inSet, inTrash] = [join(root, move.path), join(trashOf(project), move.place)];
  const { hash, id } = move;
  if (move.state === 'leaving') {
    const place = await moveFile({ from: inSet, to: inTrash, hash, id, resumed }, observe);
    project.store(() =>
      db.transaction(() => {
        putMove(db, { ...move, place: below(trashOf(project), place), state: 'out' });
        setMissing(db, move.image);
      })(),
    );
    return;
  }
  const place = await moveFile({ from: inTrash, to: inSet, hash, id, resumed }, observe);
  const path = below(root, place);
  const { size, mtimeMs, ino } = lstatSync(place);
  project.store(() =>
    db.transaction(() => {
      putMove(db, { ...move, path, state: 'back' });
      // A copy that came to its place meanwhile is that image already.
      if (getImage(db, move.image)?.missing === true) {
        db.prepare(
          'UPDATE images SET path = ?, size = ?, mtime_ms = ?, ino = ?, missing = 0 WHERE id = ?',
        ).run(path, size, mtimeMs, ino, move.image);
      }
    })(),
  );
}

const asBefore = (move: FileMove): FileMove => ({
  ...move,
  state: move.state === 'leaving' ? 'stayed' : 'out',
});

function record(project: Project, moves: readonly FileMove[]): void {
  project.store(() =>
    project.db.transaction(() => {
      for (const move of moves) putMove(project.db, move);
    })(),
  );
}

const below = (folder: string, file: string): string => relative(folder, file).split(sep).join('/');

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  switch (errorCode(error)) {
    case null:
      throw error;
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'its place cannot be written';
    default:
      return String(errorCode(error));
  }
}
