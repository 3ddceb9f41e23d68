// Where the native library of the engines `tensorflow` and `cuda` is: in the user's cache, so that it serves every
// clone and the installed app, and outlives `npm ci`. main/build/setup/native.ts puts it there.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';

export type NativeEngine = 'tensorflow' | 'cuda';

/** The TensorFlow whose library is fetched: the addon of TensorFlow.js 4.22 works against it as it is. */
export const tensorflowVersion = '2.21.0';

export function libraryFolder(engine: NativeEngine): string {
  const device = engine === 'cuda' ? 'cuda' : 'cpu';
  return join(
    envPaths('toploss', { suffix: '' }).cache,
    'engines',
    `tensorflow-${tensorflowVersion}-${device}`,
  );
}

/** The addon of TensorFlow.js; null where it has not been built. */
export function findAddon(engine: NativeEngine): string | null {
  const addon = join(libraryFolder(engine), 'tfjs_binding.node');
  return existsSync(addon) ? addon : null;
}
