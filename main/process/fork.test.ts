import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { built, type Child } from './child.ts';
import { spawnChild } from './fork.ts';

const running: Child[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const child of running.splice(0)) if (child.pid) stop(child.pid);
});

function stop(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** An echo child that has said that it is ready. */
async function start() {
  const child = spawnChild(new URL('./fixtures/echo.ts', import.meta.url));
  running.push(child);
  const received: unknown[] = [];
  child.onMessage((message) => received.push(message));
  const exit = new Promise<string>((resolve) => child.onExit(resolve));
  const says = (message: unknown) => vi.waitFor(() => expect(received).toContainEqual(message), 10_000);
  await says('ready');
  return { child, exit, says };
}

test('carries typed arrays and other cloneable values both ways', async () => {
  const { child, says } = await start();
  const message = { pixels: new Float32Array([0.5, -1]), names: new Map([['a', 1n]]) };
  child.send(message);
  await says({ echo: message });
});

test('says with which error a child died', { tags: 'child-ends' }, async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { child, exit } = await start();
  child.send('crash');
  expect(await exit).toBe('exit status 1: RangeError: the tensor is too large');
});

test('says which signal ended a child', { tags: 'child-ends' }, async () => {
  const { child, exit } = await start();
  child.send('segfault');
  expect(await exit).toBe('killed by SIGSEGV');
});

test('ends a child with SIGTERM', async () => {
  const { child, exit } = await start();
  child.kill();
  expect(await exit).toBe('killed by SIGTERM');
});

test('ends a child that ignores SIGTERM with SIGKILL after five seconds', async () => {
  const { child, exit, says } = await start();
  child.send('stubborn');
  await says({ echo: 'stubborn' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  child.kill();
  await says('ignored SIGTERM');
  vi.advanceTimersByTime(5_000);
  expect(await exit).toBe('killed by SIGKILL');
});

test('drops what is sent to a child that has ended, and tells a late listener why it ended', async () => {
  const { child, exit } = await start();
  child.kill();
  await exit;
  child.send('anyone there?');
  child.kill();
  expect(await new Promise((resolve) => child.onExit(resolve))).toBe('killed by SIGTERM');
});

test('says that a module is missing', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const child = spawnChild(new URL('./fixtures/missing.ts', import.meta.url));
  const reason = await new Promise((resolve) => child.onExit(resolve));
  expect(reason).toMatch(/^exit status 1: Error.*Cannot find module .*missing\.ts/);
});

test.each([
  ['prints, off standard output', 'print'],
  ['computes and hears nothing', 'hang'],
])('ends a child that %s, when its parent is killed', { tags: 'parent-killed' }, async (_, deed) => {
  const owner = spawn(process.execPath, [
    fileURLToPath(new URL('./fixtures/owner.ts', import.meta.url)),
    deed,
  ]);
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  expect(line.toString()).toMatch(/^\d+\n$/);
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  owner.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 5_000);
});

test('takes the source of a module in the source tree', () => {
  const module = new URL('./fixtures/echo.ts', import.meta.url);
  expect(built(module).href).toBe(module.href);
});
