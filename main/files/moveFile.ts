// Moves one file so that nothing is ever overwritten and no moment has less than one whole copy of it. Works across
// file systems, and goes on where a kill left it.
import { constants, existsSync } from 'node:fs';
import { copyFile, link, lstat, mkdir, rm, unlink, utimes } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { flush } from './flush.ts';
import { hashFile } from './hash.ts';
import { errorCode } from './reason.ts';

export interface Move {
  readonly from: string;
  readonly to: string;
  /** SHA-256 of the file's bytes. */
  readonly hash: Buffer;
  /** Names the unfinished copy beside `to`. */
  readonly id: number;
  /** True where it may have been done in part: a file of these bytes at `to` is its own then. */
  readonly resumed: boolean;
}

/** Is told of each step once it is done. */
export type Observe = (step: 'copied' | 'linked' | 'unlinked') => void;

/**
 * @returns where the file is now: `to`, or that name with a number where another file has it.
 * @throws Failure `not-found` (neither there nor moved), `bad-request` (its bytes are others), both with the
 * reason in a few words; the system's errors. The file is where it was then.
 */
export async function moveFile(move: Move, observe: Observe = () => {}): Promise<string> {
  const { from, to, hash, id } = move;
  const there = await hashOf(from);
  if (there === null) {
    const moved = (await hashOf(to))?.equals(hash) === true;
    if (moved) return to;
    throw new Failure('not-found', 'it is not there any more');
  }
  if (!there.equals(hash))
    throw new Failure('bad-request', 'it has changed since it was read: rank the data set again first');
  const before = await lstat(from);
  await mkdir(dirname(to), { recursive: true });
  const unfinished = join(dirname(to), `.toploss-move-${id}.part`);
  await rm(unfinished, { force: true });
  const place = await publish(move, unfinished, observe);
  await flush(dirname(place));
  observe('linked');
  const now = await lstat(from);
  if (now.mtimeMs !== before.mtimeMs || now.size !== before.size || now.ino !== before.ino) {
    await unlink(place);
    throw new Failure('bad-request', 'it changed while it was moved');
  }
  try {
    await unlink(from);
  } catch (error) {
    // It cannot be taken away: each attempt would leave one more copy of it.
    if (existsSync(from)) await unlink(place);
    throw error;
  }
  await flush(dirname(from));
  observe('unlinked');
  return place;
}

async function publish(move: Move, unfinished: string, observe: Observe): Promise<string> {
  const { from, hash } = move;
  try {
    return await linkUnder(from, move);
  } catch (error) {
    // Another file system, or one without links.
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes(errorCode(error) ?? '')) throw error;
  }
  try {
    await copyFile(from, unfinished, constants.COPYFILE_EXCL);
    const { atime, mtime } = await lstat(from);
    await utimes(unfinished, atime, mtime);
    await flush(unfinished);
    if ((await hashOf(unfinished))?.equals(hash) !== true)
      throw new Failure('bad-request', 'its copy was another file');
    observe('copied');
    return await linkUnder(unfinished, move);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Gives a file the name, or the first one with a number that is free: `12-2.jpg`. */
async function linkUnder(file: string, { to, hash, resumed }: Move): Promise<string> {
  const { dir, name, ext } = parse(to);
  for (let n = 1; ; n++) {
    const place = n === 1 ? to : join(dir, `${name}-${n}${ext}`);
    try {
      await link(file, place);
      return place;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      // A kill came between the two halves of this very move.
      const [one, other] = [await lstat(file), await lstat(place)];
      if (one.ino === other.ino && one.dev === other.dev) return place;
      if (resumed && (await hashOf(place))?.equals(hash) === true) return place;
    }
  }
}

/** Null where there is no regular file. */
export async function hashOf(file: string): Promise<Buffer | null> {
  if (!existsSync(file) || !(await lstat(file)).isFile()) return null;
  return hashFile(file);
}
