// The entry behind `npm start`, `npm test` and its parts, `npm run toploss`, `bench` and `setup:…`: does all of its own
// set-up, then the command. Runs on any Node from 20 up and without dependencies, because it is what installs them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build.mjs';
import { run, SetupError } from './command.mjs';
import { installIfNeeded } from './install.mjs';
import { useNode } from './node.mjs';
import { check, e2e, longTests, test, unit } from './test.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const [command = '', ...args] = process.argv.slice(2);
// Relative paths are meant from where npm was called.
const cwd = process.env['npm_lifecycle_event'] === command ? process.env['INIT_CWD'] : undefined;

try {
  process.exitCode = await perform();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = error.status;
}

/** @returns {Promise<number>} exit status */
async function perform() {
  switch (command) {
    case 'start':
      return toploss('open', ...args);
    case 'toploss':
      return toploss(...args);
    case 'bench':
      return bench(...args);
    case 'setup:backbone':
      return toploss('backbones', 'get', 'efficientnet-lite2');
    case 'setup:tensorflow':
    case 'setup:cuda':
      return setupNative(command.slice('setup:'.length));
    case 'soak':
      return soak(...args);
    case 'test':
    case 'check':
      if (args.length > 0) return wrongUsage(`${command} takes no arguments.`);
      await ready();
      return command === 'test' ? test(root) : check(root);
    case 'unit':
      await ready();
      return unit(root, ...args);
    case 'e2e':
      await ready();
      return e2e(root, ...args);
    default:
      return wrongUsage(
        `Unknown command "${command}": start, test, check, unit, e2e, toploss, bench or setup:….`,
      );
  }
}

/** @param {string[]} rest */
async function toploss(...rest) {
  const node = await ready();
  // These two show the page.
  if (rest[0] === 'open' || rest[0] === 'serve') await buildIfStale(root, 'page');
  return run([node, join(root, 'main', 'cli', 'toploss.ts'), ...rest], { cwd });
}

/** @param {string[]} rest */
async function bench(name = '', ...rest) {
  const names = readdirSync(join(root, 'bench')).flatMap((file) => /^([\w-]+)\.ts$/.exec(file)?.[1] ?? []);
  if (!names.includes(name))
    return wrongUsage(`npm run bench -- NAME …, where NAME is one of: ${names.join(', ')}`);
  const node = await ready();
  return run([node, join(root, 'bench', `${name}.ts`), ...rest], { cwd });
}

/** @param {string} engine */
async function setupNative(engine) {
  return run([await ready(), join(root, 'main', 'build', 'setup', 'native.ts'), engine], {
    output: 'stderr',
  });
}

/** @param {string[]} rest */
async function soak(...rest) {
  const node = await ready();
  await buildIfStale(root, 'page');
  const status = await longTests(root);
  return status || run([node, join(root, 'bench', 'soak', 'main.ts'), ...rest], { cwd });
}

/** Installs what is missing. @returns the Node that everything runs on */
async function ready() {
  await installIfNeeded(root);
  // Compilers, test runners and the app start in half the time where their compiled code is kept.
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules', '.cache', 'compiled');
  return useNode(root);
}

/** @param {string} message */
function wrongUsage(message) {
  console.error(message);
  return 2;
}
