// Programs that a step of the set-up needs, from Debian's packages where that is the system.
import { spawnSync } from 'node:child_process';
import { run } from './command.mjs';

/**
 * Installs packages of Debian where that is the system and we may; else does nothing.
 * @param {string[]} packages
 */
export async function installDebian(...packages) {
  if (process.getuid?.() !== 0 || !answers('apt-get')) return;
  console.error(`Installing ${packages.join(' and ')} …`);
  process.env['DEBIAN_FRONTEND'] = 'noninteractive';
  const updated = await run(['apt-get', 'update'], { output: 'stderr' });
  if (updated !== 0) return;
  await run(['apt-get', 'install', '--yes', ...packages], { output: 'stderr' });
}

/**
 * Whether a program is there and runs: on some systems `chromium` only says how to install it.
 * @param {string} program
 * @param {readonly string[]} args
 */
export function answers(program, args = ['--version']) {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 30_000 }).status === 0;
}
