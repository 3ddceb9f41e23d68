// Files that kill their decoder.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

/** From now on, decoders that are started crash on files that say that they kill them. */
export function makeDecodersFragile(): void {
  vi.stubEnv('NODE_OPTIONS', `--import ${new URL('../trainer/fixtures/fragile.ts', import.meta.url).href}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

export const makeDeadly = (root: string, path: string) =>
  appendFileSync(join(root, path), 'this kills a decoder');
