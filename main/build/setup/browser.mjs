// A Chromium for the end-to-end tests: one that is there, else Debian's where we may install, else Playwright's.
import { delimiter, join } from 'node:path';
import { npm, run, SetupError } from './command.mjs';
import { answers, installDebian } from './debian.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const elsewhere = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/**
 * @param {string} root
 * @returns {Promise<string | null>} its executable, null for Playwright's own
 */
export async function findBrowser(root) {
  const there = browserHere();
  if (there) return there;

  // With the loader of Vulkan that WebGPU computes through.
  await installDebian('chromium', 'libvulkan1');
  const installed = browserHere();
  if (installed) return installed;

  console.error("Fetching Playwright's Chromium for the end-to-end tests …");
  const fetched = await run(npm('exec', '--', 'playwright', 'install', 'chromium'), {
    cwd: root,
    output: 'stderr',
  });
  if (fetched === 0) return null;
  throw new SetupError(
    'The end-to-end tests need a browser, and none could be had: install Chromium or Google Chrome and run again.',
  );
}

function browserHere() {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...onPath, ...elsewhere].find((program) => answers(program));
}
