import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file's bytes, which are never in memory together. @throws what reading does, or the signal's reason */
export async function hashFile(
  file: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, options);
  return hash.digest();
}
