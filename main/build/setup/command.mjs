// Runs another program to its end. Signals and exit status pass through, so that a wrapped command behaves like itself.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * @typedef {object} Options
 * @property {string | undefined} [cwd]
 * @property {'stdout' | 'stderr'} [output] Where its standard output goes. Ours is kept for results.
 */

/**
 * @param {readonly [string, ...string[]]} command
 * @param {Options} [options]
 * @returns {Promise<number>} the exit status; 128 and the signal's number where a signal ended it, as a shell counts
 */
export function run([program, ...args], { cwd, output = 'stdout' } = {}) {
  const stdout = output === 'stdout' ? 'inherit' : 2;
  const child = spawn(program, args, { cwd, stdio: ['inherit', stdout, 'inherit'] });
  const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  // A terminal sends Ctrl-C to the child as well: here it is enough not to die of it.
  const interrupt = process.stdin.isTTY ? () => {} : forward;
  process.on('SIGINT', interrupt).on('SIGTERM', forward).on('SIGHUP', forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', interrupt).off('SIGTERM', forward).off('SIGHUP', forward);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

/**
 * A step of the set-up: its output goes to standard error, and nothing goes on without it.
 * @param {readonly [string, ...string[]]} command
 * @param {string} cwd
 * @param {string} failure what to say where it fails
 */
export async function mustRun(command, cwd, failure) {
  const status = await run(command, { cwd, output: 'stderr' });
  // Ended by a signal, the step takes the command with it.
  if (status !== 0) throw new SetupError(failure, status > 128 ? status : 1);
}

/**
 * npm as it was started, where we run under it; else the one on the path.
 * @param {string[]} args
 * @returns {[string, ...string[]]}
 */
export function npm(...args) {
  const script = process.env['npm_execpath'];
  return script?.endsWith('.js') ? [process.execPath, script, ...args] : ['npm', ...args];
}

/** A failure that needs no stack: the sentence says what to do. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} [status] of the whole command
   */
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}
