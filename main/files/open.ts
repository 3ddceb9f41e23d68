// Opens a file of a data set to read it: a regular one only, whatever took its place since it was listed.
import { constants, open, type FileHandle } from 'node:fs/promises';

// A pipe must not block, and a link must not lead elsewhere. Windows knows neither flag.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

class Unreadable extends Error {
  readonly code: 'NOT_REGULAR' | 'TOO_LARGE' | 'CHANGED';

  constructor(code: Unreadable['code']) {
    super(code);
    this.code = code;
  }
}

/** @throws the system's error, or one that `readFailure` has words for. */
export async function openRegular(file: string): Promise<FileHandle> {
  const handle = await open(file, flags);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Unreadable('NOT_REGULAR');
}

/** Bytes: larger files are no pictures that could be decoded within the limit of memory. */
export const fileLimit = 256 * 2 ** 20;

/**
 * The whole file, as it was at one time.
 * @throws as `openRegular`, for a file above the limit, and for one that somebody wrote to meanwhile: half of it may be
 * old, and half new.
 */
export async function readWhole(file: string): Promise<Buffer> {
  await using handle = await openRegular(file);
  const before = await handle.stat();
  if (before.size > fileLimit) throw new Unreadable('TOO_LARGE');
  const bytes = await handle.readFile();
  const after = await handle.stat();
  if (after.mtimeMs !== before.mtimeMs || after.size !== before.size || bytes.length !== before.size)
    throw new Unreadable('CHANGED');
  return bytes;
}
