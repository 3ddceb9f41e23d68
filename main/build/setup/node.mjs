// Finds the Node that the app runs on, through npm where the system's is older.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { npm, SetupError } from './command.mjs';

const needed = 24;

/**
 * Puts Node 24 first on the path, for everything that is started from here.
 * @param {string} root
 * @returns {Promise<string>} its executable
 */
export async function useNode(root) {
  const node = await findNode(root);
  if (node !== process.execPath) process.env['PATH'] = dirname(node) + delimiter + process.env['PATH'];
  return node;
}

/** @param {string} root */
async function findNode(root) {
  if (Number.parseInt(process.versions.node) >= needed) return process.execPath;
  const memo = join(root, 'node_modules', '.cache', 'toploss', `node${needed}`);
  const known = existsSync(memo) ? readFileSync(memo, 'utf8') : '';
  if (known && existsSync(known)) return known;

  console.error(`Fetching Node ${needed} through npm: the system's is ${process.version} …`);
  const found = await fetchNode();
  mkdirSync(dirname(memo), { recursive: true });
  writeFileSync(memo, found);
  return found;
}

async function fetchNode() {
  const [program, ...args] = npm(
    'exec',
    '--yes',
    `--package=node@${needed}`,
    '--',
    'node',
    '-p',
    'process.execPath',
  );
  try {
    const { stdout } = await promisify(execFile)(program, args);
    const path = stdout.trim();
    if (existsSync(path)) return path;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  throw new SetupError(
    `Toploss runs on Node ${needed}, and npm could not fetch it. Check the network and run again, or install Node ${needed}.`,
  );
}
