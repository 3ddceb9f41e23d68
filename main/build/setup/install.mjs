// Installs the dependencies where they are missing or made from another package-lock.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, npm } from './command.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} Entry */

/** @param {string} root */
export async function installIfNeeded(root) {
  if (isInstalled(root)) return;
  console.error('Installing dependencies …');
  // No package needs its install script, and without them only the npm registry is asked for anything.
  const command = npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
  await mustRun(
    command,
    root,
    'The dependencies could not be installed; the reason is above. Check the network and run again.',
  );
}

/**
 * Compares package-lock.json with the list that npm leaves in node_modules when an installation is complete.
 * Optional packages may be absent: most of them are for other platforms.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  for (const path of Object.keys(present)) {
    if (!wanted[path]) return false;
  }
  return Object.entries(wanted).every(([path, entry]) => {
    const found = present[path];
    if (path === '') return true; // The project itself.
    if (!found) return Boolean(entry.optional || entry.devOptional);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, Entry> | null}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}
