// Builds the page and the compiled main where their sources have changed since the last build. As a program: of the part
// that it is given.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun, npm, SetupError } from './command.mjs';

/** What each build reads, and one file that it always writes. Paths from the root. */
const parts = {
  page: { inputs: ['renderer', 'shared', 'package-lock.json'], product: 'dist/renderer/index.html' },
  main: {
    inputs: ['main', 'shared', 'tsconfig.json', 'package-lock.json'],
    product: 'dist/main/desktop/main.js',
  },
};

/**
 * @param {string} root
 * @param {keyof typeof parts} part
 */
export async function buildIfStale(root, part) {
  const { inputs, product } = parts[part];
  const stamp = join(root, 'dist', `${part}.stamp`);
  const sources = fingerprint(root, inputs);
  if (existsSync(join(root, product)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;

  console.error(`Building the ${part} …`);
  await mustRun(
    npm('run', '--silent', `build:${part}`),
    root,
    `The ${part} could not be built; the reason is above.`,
  );
  writeFileSync(stamp, sources);
}

/**
 * A digest of the names and contents of files: the same in every clone, whatever the times of the files.
 * @param {string} root
 * @param {readonly string[]} inputs files and folders, from the root
 */
export function fingerprint(root, inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    const path = join(root, input);
    const files = statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: 'utf8' })
      : [''];
    for (const file of files.toSorted()) {
      const full = join(path, file);
      if (statSync(full).isFile()) hash.update(JSON.stringify([input, file])).update(readFileSync(full));
    }
  }
  return hash.digest('hex');
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  try {
    await buildIfStale(root, process.argv[2] === 'page' ? 'page' : 'main');
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = error.status;
  }
}
