// `npm test`: every check in order, each named with its time, up to the first that fails.
import { findBrowser } from './browser.mjs';
import { npm, run } from './command.mjs';

/** Scripts of package.json. There is no library of TensorFlow's for Windows to set up. */
const setUp = process.platform === 'win32' ? [] : ['setup:tensorflow'];
const steps = ['format:check', 'lint', 'rooms', 'types', ...setUp, 'unit', 'e2e'];

/**
 * @param {string} root
 * @returns {Promise<number>} exit status
 */
export async function test(root) {
  const begun = performance.now();
  // The unit tests need it too: its software adapter stands for a graphics card.
  const browser = await findBrowser(root);
  if (browser) process.env['TOPLOSS_CHROMIUM'] = browser;
  for (const step of steps) {
    console.log(`\n── ${step}`);
    const stepBegun = performance.now();
    const status = await run(npm('run', '--silent', step), { cwd: root });
    console.log(`── ${step} ${status === 0 ? 'passed' : 'failed'} in ${secondsSince(stepBegun)}`);
    if (status !== 0) {
      console.log(`\nFailed: ${step}. Run it alone with: npm run ${step}`);
      return status;
    }
  }
  console.log(`\nAll passed in ${secondsSince(begun)}: ${steps.join(', ')}.`);
  return 0;
}

/** @param {number} begun */
function secondsSince(begun) {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}
