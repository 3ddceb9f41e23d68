import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { UtilityProcess } from 'electron';
import { afterEach, expect, test, vi } from 'vitest';
import { spawnUtility } from './utility.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

class FakeUtility extends EventEmitter {
  pid: number | undefined = 4_000_000;
  stdout = null;
  stderr = new PassThrough();
  kill = vi.fn(() => true);
  postMessage = vi.fn();
}

function start() {
  const fake = new FakeUtility();
  const fork = vi.fn((_module: string, _args?: string[], _options?: object) => fake as UtilityProcess);
  const child = spawnUtility({ fork })(new URL('../process/fixtures/echo.ts', import.meta.url));
  return { fake, fork, child };
}

test('starts the module without arguments and without its output among our results', () => {
  const { fork } = start();
  expect(fork).toHaveBeenCalledWith(
    expect.stringMatching(/echo\.ts$/),
    [],
    expect.objectContaining({ stdio: expect.any(Array) }),
  );
});

test('carries messages both ways', () => {
  const { fake, child } = start();
  const received: unknown[] = [];
  child.onMessage((message) => received.push(message));
  fake.emit('message', { epoch: 1 });
  child.send('stop');
  expect(received).toEqual([{ epoch: 1 }]);
  expect(fake.postMessage).toHaveBeenCalledWith('stop');
});

test('says with which error the process ended', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { fake, child } = start();
  const exit = new Promise((resolve) => child.onExit(resolve));
  fake.stderr.write('RangeError: the tensor is too large\n');
  await new Promise((resolve) => setImmediate(resolve));
  fake.emit('exit', 1);
  expect(await exit).toBe('exit status 1: RangeError: the tensor is too large');
});

test('kills a process that does not end in five seconds, and leaves one alone that does', () => {
  vi.useFakeTimers();
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  const stubborn = start();
  stubborn.child.kill();
  const willing = start();
  willing.child.kill();
  willing.fake.emit('exit', 0);
  vi.advanceTimersByTime(4_999);
  expect(kill).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(kill.mock.calls).toEqual([[stubborn.fake.pid, 'SIGKILL']]);
  expect(stubborn.fake.kill).toHaveBeenCalledOnce();
});
