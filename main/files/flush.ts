// Waits until what was written is on the disk: the bytes of a file, or the names in a folder.
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode } from './reason.ts';

// Windows flushes a file only if it was opened to write.
const flags = process.platform === 'win32' ? 'r+' : 'r';

export async function flush(path: string): Promise<void> {
  try {
    const handle = await open(path, flags);
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    passOver(error);
  }
}

/** Where nothing may come in between: for the store, and for processes that have nothing else to do. */
export function flushSync(path: string): void {
  try {
    const descriptor = openSync(path, flags);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    passOver(error);
  }
}

/** Windows opens no folder, some may not be read, and some file systems flush none: their names go through by themselves. */
function passOver(error: unknown): void {
  if (!['EISDIR', 'EACCES', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
}
