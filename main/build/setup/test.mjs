// `npm test` and its parts: each step named with its time, up to the first that fails.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from './browser.mjs';
import { buildIfStale } from './build.mjs';
import { npm, run } from './command.mjs';

/** Scripts of package.json that only read, the longest first. */
const checks = ['types:node', 'format:check', 'types:page', 'rooms', 'lint'];

/**
 * @param {string} root
 * @returns {Promise<number>} exit status
 */
export async function test(root) {
  const begun = performance.now();
  const prepared = prepare(root);
  const status =
    (await check(root)) ||
    (await prepared) ||
    (await step('unit', () => unit(root))) ||
    (await step('e2e', () => e2e(root)));
  console.log(status === 0 ? `\nAll passed in ${secondsSince(begun)}.` : '\nFailed: the reason is above.');
  return status;
}

/**
 * What the tests need of the machine. It waits for the network, so the static checks run meanwhile.
 * @param {string} root
 */
async function prepare(root) {
  // The unit tests need it too: its software adapter stands for a graphics card.
  await useBrowser(root);
  // Where it can be had: its features are compared with PyTorch's.
  await step('setup:backbone', () => script(root, 'setup:backbone'));
  // There is no library of TensorFlow's for Windows to set up.
  return process.platform === 'win32' ? 0 : step('setup:tensorflow', () => script(root, 'setup:tensorflow'));
}

/**
 * All static checks, as many side by side as there are processors. Each runs to its end, so that one run shows all
 * that is wrong.
 * @param {string} root
 * @returns {Promise<number>} exit status
 */
export async function check(root) {
  const waiting = [...checks];
  let failed = 0;
  const worker = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      const one = name;
      failed ||= await step(one, () => script(root, one));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return failed;
}

/**
 * @param {string} root
 * @param {string[]} args Vitest's, files first of all
 */
export function unit(root, ...args) {
  return tool(root, 'vitest/vitest.mjs', 'run', '--config', 'main/vitest.config.ts', ...args);
}

/**
 * The tests that take too long for every run.
 * @param {string} root
 */
export function longTests(root) {
  return tool(root, 'vitest/vitest.mjs', 'run', '--config', 'bench/soak/vitest.config.ts');
}

/**
 * @param {string} root
 * @param {string[]} args Playwright's, files first of all
 */
export async function e2e(root, ...args) {
  await useBrowser(root);
  await buildIfStale(root, 'page');
  return tool(root, '@playwright/test/cli.js', 'test', '--config', 'e2e/playwright.config.ts', ...args);
}

/**
 * Names a browser to the end-to-end tests, unless one is named already.
 * @param {string} root
 */
async function useBrowser(root) {
  const browser = process.env['TOPLOSS_CHROMIUM'] ?? (await findBrowser(root));
  if (browser) process.env['TOPLOSS_CHROMIUM'] = browser;
}

/**
 * A script of package.json.
 * @param {string} root
 * @param {string} name
 */
function script(root, name) {
  return run(npm('run', '--silent', name), { cwd: root });
}

/**
 * A program of a package, on the Node that is first on the path.
 * @param {string} root
 * @param {string} program its path below node_modules
 * @param {string[]} args
 */
function tool(root, program, ...args) {
  return run(['node', join(root, 'node_modules', program), ...args], { cwd: root });
}

/**
 * @param {string} name
 * @param {() => Promise<number>} perform
 */
async function step(name, perform) {
  const begun = performance.now();
  const status = await perform();
  console.log(`── ${name} ${status === 0 ? 'passed' : 'failed'} in ${secondsSince(begun)}`);
  return status;
}

/** @param {number} begun */
function secondsSince(begun) {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}
