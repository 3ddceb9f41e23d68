import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { lockProject } from './lock.ts';

test('a second opening is refused, naming the process that has the project', async () => {
  const folder = temporaryFolder();
  const unlock = lockProject(folder);
  const { code, message } = await failureOf(() => lockProject(folder));
  expect(code).toBe('busy');
  expect(message).toContain(`process ${process.pid} on ${hostname()}`);
  unlock();
  lockProject(folder)();
});

test('the lock of a killed process is free', async () => {
  const folder = temporaryFolder();
  const script = `
    const { lockProject } = await import(${JSON.stringify(new URL('lock.ts', import.meta.url).href)});
    const unlock = lockProject(${JSON.stringify(folder)});
    console.log('locked');
    setInterval(() => unlock, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await once(owner.stdout, 'data');
  const { code, message } = await failureOf(() => lockProject(folder));
  expect(code).toBe('busy');
  expect(message).toContain(`process ${owner.pid} `);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  lockProject(folder)();
});
