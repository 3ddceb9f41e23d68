// Moves excluded images out of the data set, to trash/ in the project's folder; puts them back; and, where a shell
// can, hands them on to the system's trash. Each move is in the journal before its file is touched. A verdict stays
// whatever happens to its file, and nothing here deletes one.
import { existsSync, lstatSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { errorCode } from '../files/reason.ts';
import { beginMove, movesIn, putMove, type FileMove } from '../store/fileMoves.ts';
import { getImage, setMissing, type ImageRow } from '../store/images.ts';
import { getStanding } from '../labels/labels.ts';
import { DataSet } from './dataset.ts';
import { hashOf, moveFile, type Observe } from '../files/moveFile.ts';
import type { Project } from '../project/open.ts';
import type { Phase } from '../../shared/work.ts';
import { unfollowed, type Work } from '../work/work.ts';

export interface MoveOptions {
  readonly work?: Work;
  readonly observe?: Observe;
}

interface CarryOptions extends MoveOptions {
  readonly resumed?: boolean;
  readonly trashItem?: TrashItem;
}

/** Hands a file to the system's trash. Rejects where that can't be done; it must not delete it then. */
export type TrashItem = (file: string) => Promise<void>;

export interface MoveReport {
  readonly moved: number;
  /** Files that were put back under another name, since another file has theirs. */
  readonly renamed: readonly { readonly path: string; readonly now: string }[];
  /** Files that stayed where they were, each with the reason. */
  readonly stayed: readonly { readonly path: string; readonly reason: string }[];
}

export interface ExcludedFiles {
  /** Excluded images that are in the data set. */
  readonly inSet: readonly ImageRow[];
  /** What was moved out of it, and can be put back. */
  readonly out: readonly FileMove[];
}

export const trashOf = (project: Pick<Project, 'folder'>): string => join(project.folder, 'trash');

export function excludedFiles(project: Project): ExcludedFiles {
  const { db } = project;
  return {
    inSet: DataSet.read(db).present.filter(({ verdict }) => verdict === 'exclude'),
    out: movesIn(db, 'out', 'discarded').filter(
      // What the user took back out of the system's trash is where it was.
      ({ state, place }) => state === 'out' || existsSync(join(trashOf(project), place)),
    ),
  };
}

/** Moves every excluded image that is there out of the data set. @throws Failure `cancelled`: the rest stays. */
export async function moveExcludedOut(project: Project, options: MoveOptions = {}): Promise<MoveReport> {
  const { db } = project;
  await finishMoves(project);
  const stayed: { path: string; reason: string }[] = [];
  const moves: FileMove[] = [];
  project.store(() =>
    db.transaction(() => {
      for (const { id, path, hash } of excludedFiles(project).inSet) {
        if (hash) moves.push(beginMove(db, { image: id, path, place: path, hash }));
        else stayed.push({ path, reason: 'it was never read: rank the data set first' });
      }
    })(),
  );
  const report = await carryOut(project, moves, options);
  return { ...report, stayed: [...stayed, ...report.stayed] };
}

/** Puts back all that was moved out. Where another file has taken the name, it gets a number. */
export async function putExcludedBack(project: Project, options: MoveOptions = {}): Promise<MoveReport> {
  await finishMoves(project);
  return carryOut(project, begin(project, 'returning'), options);
}

/** Hands all that was moved out on to the system's trash. What that does not take stays in trash/. */
export async function discardExcluded(
  project: Project,
  trashItem: TrashItem,
  options: MoveOptions = {},
): Promise<MoveReport> {
  await finishMoves(project);
  return carryOut(project, begin(project, 'discarding'), { ...options, trashItem });
}

/** Goes on with the moves that a kill interrupted. */
export async function finishMoves(project: Project, options: MoveOptions = {}): Promise<void> {
  const moves = movesIn(project.db, 'leaving', 'returning', 'discarding');
  await carryOut(project, moves, { ...options, resumed: true });
}

function begin(project: Project, state: 'returning' | 'discarding'): FileMove[] {
  const moves = excludedFiles(project).out.map((move) => ({ ...move, state }));
  record(project, moves);
  return moves;
}

/** Of what is on its way. */
function phaseOf(state: FileMove['state']): Phase {
  if (state === 'leaving') return 'move-out';
  return state === 'returning' ? 'put-back' : 'discard';
}

async function carryOut(
  project: Project,
  moves: readonly FileMove[],
  options: CarryOptions,
): Promise<MoveReport> {
  const { work: { signal, progress } = unfollowed() } = options;
  const renamed: { path: string; now: string }[] = [];
  const stayed: { path: string; reason: string }[] = [];
  for (const [n, move] of moves.entries()) {
    if (signal.aborted) {
      // What has not begun is as if it had not been asked for.
      record(project, moves.slice(n).map(asBefore));
      throw new Failure(
        'cancelled',
        `Cancelled. ${n - stayed.length} of ${moves.length} files were moved, the others are where they were.`,
      );
    }
    const outcome = await carryOutOne(project, move, options);
    if ('reason' in outcome) {
      record(project, [asBefore(move)]);
      stayed.push({ path: move.path, ...outcome });
    } else {
      // Where this can't be stored, the journal has the move as begun, and the next start comes to the same end.
      arrive(project, move, outcome.place);
      const now = below(project.root, outcome.place);
      if (move.state === 'returning' && now !== move.path) renamed.push({ path: move.path, now });
    }
    progress(phaseOf(move.state), n + 1, moves.length);
  }
  return { moved: moves.length - stayed.length, renamed, stayed };
}

/** @returns where the file is now, or why it stayed where it was. */
async function carryOutOne(
  project: Project,
  move: FileMove,
  { observe, resumed = false, trashItem }: CarryOptions,
): Promise<{ readonly place: string } | { readonly reason: string }> {
  const { hash, id, state } = move;
  const inSet = join(project.root, move.path);
  const inTrash = join(trashOf(project), move.place);
  try {
    switch (state) {
      case 'leaving':
        if (!resumed && getStanding(project.db, move.image).verdict !== 'exclude')
          return { reason: 'it is not excluded any more' };
        return { place: await moveFile({ from: inSet, to: inTrash, hash, id, resumed }, observe) };
      case 'returning':
        return { place: await moveFile({ from: inTrash, to: inSet, hash, id, resumed }, observe) };
      default:
        return await discard(inTrash, hash, trashItem);
    }
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

/** Without the system's trash at hand (after a kill) it only looks whether the file has gone there. */
async function discard(file: string, hash: Buffer, trashItem: TrashItem | undefined) {
  const now = await hashOf(file);
  if (now === null) return trashItem ? { reason: 'it is not there any more' } : { place: file };
  if (!now.equals(hash)) return { reason: 'it has changed since it was read: rank the data set again first' };
  if (!trashItem) return { reason: 'it was not moved' };
  try {
    await trashItem(file);
  } catch (error) {
    return {
      reason: `the system's trash did not take it (${error instanceof Error ? error.message : error})`,
    };
  }
  return existsSync(file) ? { reason: "the system's trash did not take it" } : { place: file };
}

/** Stores where a file has come to. */
function arrive(project: Project, move: FileMove, place: string): void {
  const { db, root } = project;
  project.store(() =>
    db.transaction(() => {
      switch (move.state) {
        case 'leaving':
          putMove(db, { ...move, place: below(trashOf(project), place), state: 'out' });
          setMissing(db, move.image);
          break;
        case 'returning':
          putMove(db, { ...move, path: below(root, place), state: 'back' });
          bringBack(project, move, place);
          break;
        default:
          putMove(db, { ...move, state: 'discarded' });
      }
    })(),
  );
}

function bringBack({ db, root }: Project, { image }: FileMove, place: string): void {
  // A copy that came to its place meanwhile is that image already.
  if (getImage(db, image)?.missing !== true) return;
  const { size, mtimeMs, ino } = lstatSync(place);
  db.prepare('UPDATE images SET path = ?, size = ?, mtime_ms = ?, ino = ?, missing = 0 WHERE id = ?').run(
    below(root, place),
    size,
    mtimeMs,
    ino,
    image,
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
      return 'the disk that it would go to is full';
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'its place cannot be written';
    default:
      return String(errorCode(error));
  }
}
