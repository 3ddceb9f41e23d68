// Opens the desktop window from the command line, or says why there can be none. Runs under plain Node, without Electron.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findElectron } from './electron.ts';
import { toArguments, type Named } from './named.ts';

export type Opened = { readonly opened: true } | { readonly opened: false; readonly reason: string };

// This file lies one folder deeper in the built tree.
const root = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../..' : '../../..', import.meta.url));
const startTime = 10_000; // milliseconds; an Electron that cannot run here ends well before

/** Returns when the window has been closed, or at once where it cannot be opened. */
export async function openDesktop(named: Named): Promise<Opened> {
  const obstacle = obstacleOf(process.platform, process.env, process.getuid?.());
  if (obstacle !== null) return { opened: false, reason: obstacle };
  const electron = await findElectron();
  if (electron === null)
    return { opened: false, reason: "Electron's program is not here and could not be fetched." };

  // There is Electron in a source tree only. What builds the app is no part of it, and so no import.
  const builder = join(root, 'main/build/setup/build.mjs');
  const [status] = await once(
    spawn(process.execPath, [builder, 'main'], { stdio: ['ignore', 2, 2] }),
    'exit',
  );
  if (status !== 0) return { opened: false, reason: 'The app could not be built; the reason is above.' };
  return run(electron, [root, ...toArguments(named)]);
}

/** What stands in the way of a window on this machine, as a sentence. */
export function obstacleOf(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  uid: number | undefined,
): string | null {
  if (platform !== 'linux') return null;
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'There is no display.';
  // Chromium's sandbox does not work for root, and we do not run without it.
  return uid === 0 ? 'A window is not opened as root.' : null;
}

function run(electron: string, args: readonly string[]): Promise<Opened> {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  const begun = performance.now();
  const child = spawn(electron, args, { env, stdio: 'inherit' });
  return new Promise((resolve) => {
    child.once('error', (error) =>
      resolve({ opened: false, reason: `Electron could not be started: ${error.message}.` }),
    );
    child.once('exit', (code, signal) => {
      const failed = code !== 0 && performance.now() - begun < startTime;
      resolve(
        failed
          ? { opened: false, reason: `Electron ended with status ${code ?? signal} before it had a window.` }
          : { opened: true },
      );
    });
  });
}
