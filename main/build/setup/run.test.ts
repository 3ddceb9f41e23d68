// The entry and its commands as processes: what they print where, their exit status, their signals.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const entry = fileURLToPath(new URL('./run.mjs', import.meta.url));
const commandModule = new URL('./command.mjs', import.meta.url).href;

async function setup(...args: string[]) {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { output, errors, status };
}

test.each([
  [[], 'Unknown command ""'],
  [['launch'], 'Unknown command "launch"'],
  [['test', 'unit'], 'test takes no arguments'],
  [['check', 'unit'], 'check takes no arguments'],
  [['bench'], 'NAME is one of: '],
  [['bench', '../main/app'], 'NAME is one of: '],
])('answers %j with what is right and status 2', async (args, message) => {
  const { output, errors, status } = await setup(...args);
  expect({ output, status }).toEqual({ output: '', status: 2 });
  expect(errors).toContain(message);
});

/** Runs a script of Node under `run`, in a process of its own. */
function wrap(script: string, output: 'stdout' | 'stderr' = 'stdout') {
  const wrapper = `
    import { run } from ${JSON.stringify(commandModule)};
    process.exitCode = await run([process.execPath, '-e', ${JSON.stringify(script)}], { output: '${output}' });`;
  return spawn(process.execPath, ['--input-type=module', '-e', wrapper], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('passes output and exit status on', async () => {
  const child = wrap("console.log('a result'); process.exitCode = 7");
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect({ output, status }).toEqual({ output: 'a result\n', status: 7 });
});

test('keeps the output of a set-up step off standard output', async () => {
  const child = wrap("console.log('added 200 packages')", 'stderr');
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect({ output, errors }).toEqual({ output: '', errors: 'added 200 packages\n' });
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('passes %s on, and ends as the wrapped command does', async (signal, expected) => {
  const willing = wrap("console.log('ready'); setInterval(() => {}, 1000)");
  await once(willing.stdout, 'data');
  willing.kill(signal);
  expect((await once(willing, 'exit'))[0]).toBe(expected);

  const careful = wrap(
    `process.on('${signal}', () => process.exit(5)); console.log('ready'); setInterval(() => {}, 1000)`,
  );
  await once(careful.stdout, 'data');
  careful.kill(signal);
  expect((await once(careful, 'exit'))[0]).toBe(5);
});
