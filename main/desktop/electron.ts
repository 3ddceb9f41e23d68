// Finds Electron's executable, fetching it once with Electron's own script where it is missing. Runs under plain Node.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const patience = 15_000; // milliseconds without a new byte before the download is given up

/** Null where it cannot be had: not installed, no network. */
export async function findElectron(): Promise<string | null> {
  const folder = packageFolder();
  if (folder === null) return null;
  const there = executableIn(folder);
  if (there !== null) return there;
  console.error('Fetching Electron, once …');
  await download(join(folder, 'install.js'));
  return executableIn(folder);
}

/** Null outside a development tree: Electron is not among what an installed command line brings. */
function packageFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return null;
  }
}

function executableIn(folder: string): string | null {
  const record = join(folder, 'path.txt');
  if (!existsSync(record)) return null;
  const executable = join(folder, 'dist', readFileSync(record, 'utf8'));
  return existsSync(executable) ? executable : null;
}

/** A slow network may take its time, a dead one may not: the script is ended when nothing has come in for a while. */
async function download(script: string): Promise<void> {
  const workplace = await mkdtemp(join(tmpdir(), 'toploss-electron-'));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, TMPDIR: workplace, TEMP: workplace, TMP: workplace },
    stdio: ['ignore', 2, 2],
  });
  let received = 0;
  let lastGrowth = performance.now();
  const watch = setInterval(async () => {
    const now = await bytesIn(workplace);
    if (now !== received) lastGrowth = performance.now();
    received = now;
    if (performance.now() - lastGrowth > patience) child.kill();
  }, 500);
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  clearInterval(watch);
  await rm(workplace, { recursive: true, force: true });
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
    // Files come and go while we look.
    const file = await stat(join(folder, name)).catch(() => null);
    bytes += file?.size ?? 0;
  }
  return bytes;
}
