import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { insertRoses } from '../testing/store.ts';
import { lockProject } from './lock.ts';
import { openStore } from './open.ts';

test(
  'a second opening is refused, naming the process that has the project',
  { tags: 'opened-twice' },
  async () => {
    const folder = temporaryFolder();
    const unlock = lockProject(folder);
    const { code, message } = await failureOf(() => lockProject(folder));
    expect(code).toBe('busy');
    expect(message).toContain(`process ${process.pid} on ${hostname()}`);
    unlock();
    lockProject(folder)();
  },
);

test('the name of the owner is not written through a link', () => {
  const folder = temporaryFolder();
  const foreign = join(temporaryFolder(), 'foreign');
  writeFileSync(foreign, 'precious');
  symlinkSync(foreign, join(folder, 'lock.owner'));
  lockProject(folder)();
  expect(readFileSync(foreign, 'utf8')).toBe('precious');
});

test('the lock of a killed process is free', { tags: 'stale-lock' }, async () => {
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

test(
  'a process that sleeps keeps the lock, the others are told at once, and it goes on when it wakes',
  { tags: 'clock-set-back' },
  async () => {
    const folder = temporaryFolder();
    const db = openStore(folder);
    insertRoses(db, 40);
    db.close();
    const labeller = spawn(
      process.execPath,
      [fileURLToPath(new URL('./fixtures/labeller.ts', import.meta.url)), folder, '40', '0'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exit = once(labeller, 'exit');
    let said = 0;
    labeller.stdout.on('data', (bytes: Buffer) => (said += bytes.toString().split('\n').length - 1));
    await once(labeller.stdout, 'data');
    labeller.kill('SIGSTOP');
    await vi.waitFor(() => expect(readFileSync(`/proc/${labeller.pid}/stat`, 'utf8')).toMatch(/\) T /));
    const asked = performance.now();
    expect((await failureOf(() => lockProject(folder))).code).toBe('busy');
    expect(performance.now() - asked).toBeLessThan(5000);
    const before = said;
    labeller.kill('SIGCONT');
    await vi.waitFor(() => expect(said).toBeGreaterThan(before + 10));
    labeller.kill('SIGKILL');
    await exit;
    const reopened = openStore(folder);
    const steps = reopened.prepare<[], { id: number }>('SELECT id FROM steps ORDER BY id').all();
    expect(steps.length).toBeGreaterThanOrEqual(said);
    expect(steps.map(({ id }) => id)).toEqual(steps.map((_, i) => i + 1));
    reopened.close();
  },
);
