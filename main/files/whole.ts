// Files and folders that are whole or not there, also after a loss of power: written beside their place, flushed to the
// disk, and renamed.
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flush, flushSync } from './flush.ts';

/**
 * Writes a file, in the place of one that is there. For one writer at a time: what a killed one left is removed.
 * @param content one piece after the other.
 * @throws the system's error; what was there is left as it was.
 */
export function writeWhole(file: string, ...content: readonly (string | Uint8Array)[]): void {
  const unfinished = `${file}.new`;
  rmSync(unfinished, { force: true });
  // Never into something that lies there under this name, nor through a link.
  const descriptor = openSync(unfinished, 'wx');
  try {
    for (const piece of content) writeFileSync(descriptor, piece);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  publish(unfinished, file);
}

/** Gives what was written beside its place the name that it is known by. */
export function publish(unfinished: string, place: string): void {
  flushSync(unfinished);
  renameSync(unfinished, place);
  flushSync(dirname(place));
}

/**
 * Makes a file or a folder without blocking, also where another process makes the same.
 * @param make writes under the path that it is given, where nothing is yet. The files in a folder are its to flush.
 * @returns what `make` returns.
 * @throws what `make` throws, and the system's error: then nothing is left. A kill leaves a `.toploss-….new` beside the
 * place.
 */
export async function makeWhole<T>(place: string, make: (unfinished: string) => Promise<T>): Promise<T> {
  const unfinished = join(dirname(place), `.toploss-${randomUUID()}.new`);
  try {
    const made = await make(unfinished);
    await flush(unfinished);
    await rename(unfinished, place);
    await flush(dirname(place));
    return made;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
