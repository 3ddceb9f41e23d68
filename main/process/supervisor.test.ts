import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import type { Child } from './child.ts';
import { spawnChild } from './fork.ts';
import { heartbeat, heartbeatMs } from './heartbeat.ts';
import { patienceMs, Supervisor } from './supervisor.ts';

const module = new URL('./fixtures/echo.ts', import.meta.url);

afterEach(() => vi.restoreAllMocks());

/** A clock that goes only when it is told to. */
function stoppedClock() {
  const ticks = new Set<() => void>();
  let now = 0;
  return {
    now: () => now,
    every(_milliseconds: number, tick: () => void) {
      ticks.add(tick);
      return () => void ticks.delete(tick);
    },
    /** In steps of a tick, or in one step as when the machine sleeps. */
    pass(milliseconds: number, step = heartbeatMs) {
      for (const end = now + milliseconds; now < end;) {
        now += step;
        for (const tick of ticks) tick();
      }
    },
  };
}

/** Children that do nothing by themselves. */
function fakeChildren() {
  const exits: ((reason: string) => void)[] = [];
  const messages: ((message: unknown) => void)[] = [];
  const kill = vi.fn();
  const spawn = (): Child => ({
    pid: 4_000_000,
    send: () => {},
    onMessage: (listener) => void messages.push(listener),
    onExit: (listener) => void exits.push(listener),
    kill,
  });
  return {
    spawn,
    kill,
    say: (message: unknown) => messages.forEach((listener) => listener(message)),
    die: (reason: string) => exits.splice(0).forEach((listener) => listener(reason)),
  };
}

/** A real child that has said that it is ready, watched by a clock of the test's own. */
async function startReal() {
  const clock = stoppedClock();
  const child = new Supervisor(spawnChild, 'The process', clock).start(module);
  const received: unknown[] = [];
  child.onMessage((message) => received.push(message));
  const exit = new Promise<string>((resolve) => child.onExit(resolve));
  const says = (message: unknown) => vi.waitFor(() => expect(received).toContainEqual(message), 10_000);
  await says('ready');
  return { child, exit, says, clock };
}

test(
  'a child that hangs and ignores SIGTERM is killed, and the reason says that it hung',
  { tags: 'trainer-hang' },
  async () => {
    const { child, exit, says, clock } = await startReal();
    child.send('hang');
    await says({ echo: 'hang' });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    clock.pass(patienceMs);
    vi.advanceTimersByTime(5_000);
    expect(await exit).toBe('it had not responded for 5 minutes, killed by SIGKILL');
  },
);

test(
  'a child that slept with the machine, or was stopped for a minute, goes on',
  { tags: 'machine-sleep' },
  async () => {
    const { child, exit, says, clock } = await startReal();
    process.kill(child.pid ?? 0, 'SIGSTOP');
    // All night, seen as one gap; and a minute in which only the child was stopped.
    clock.pass(8 * 3_600_000, 8 * 3_600_000);
    clock.pass(60_000);
    process.kill(child.pid ?? 0, 'SIGCONT');
    child.send('good morning');
    await says({ echo: 'good morning' });
    child.kill();
    expect(await exit).toBe('killed by SIGTERM');
  },
);

test('a child that says that it is alive may take as long as it likes, and nobody else hears of it', () => {
  const { spawn, say, kill } = fakeChildren();
  const clock = stoppedClock();
  const child = new Supervisor(spawn, 'The process', clock).start(module);
  const received: unknown[] = [];
  child.onMessage((message) => received.push(message));
  for (let i = 0; i < 100; i++) {
    clock.pass(patienceMs / 2);
    say(heartbeat);
  }
  say('done');
  expect(kill).not.toHaveBeenCalled();
  expect(received).toEqual(['done']);
  clock.pass(patienceMs);
  expect(kill).toHaveBeenCalledOnce();
});

test(
  'after three deaths within five minutes no child is started until someone asks or time has passed',
  { tags: 'crash-loop' },
  async () => {
    const { spawn, die } = fakeChildren();
    const clock = stoppedClock();
    const supervisor = new Supervisor(spawn, 'The process', clock);
    const dieAgain = () => {
      supervisor.start(module);
      die('killed by SIGSEGV');
      clock.pass(60_000);
    };
    for (let i = 0; i < 3; i++) dieAgain();
    const refusal = await failureOf(() => supervisor.start(module));
    expect(refusal.code).toBe('trainer');
    expect(refusal.message).toBe(
      'The process ended 3 times within 5 minutes (killed by SIGSEGV) and is not restarted automatically. ' +
        'Your labels are safe, and verdicts are stored as before. Start a new run to try once more.',
    );
    supervisor.forgive();
    for (let i = 0; i < 3; i++) dieAgain();
    clock.pass(5 * 60_000);
    dieAgain();
  },
);

test('a child that was told to end is not counted among the dead', () => {
  const { spawn, die } = fakeChildren();
  const supervisor = new Supervisor(spawn, 'The process', stoppedClock());
  for (let i = 0; i < 10; i++) {
    supervisor.start(module).kill();
    die('killed by SIGTERM');
  }
});
