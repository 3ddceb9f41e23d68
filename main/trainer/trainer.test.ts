// The parent's side of a trainer process that misbehaves. What training itself gives is tested in main/runs.
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Child } from '../process/child.ts';
import { spawnChild } from '../process/fork.ts';
import { failureOf } from '../testing/failure.ts';
import { Trainer } from './trainer.ts';
import { unfollowed } from '../work/work.ts';

afterEach(() => vi.restoreAllMocks());

/** A trainer whose processes do what they are told, wrongly. */
function startUnruly() {
  const children: Child[] = [];
  const trainer = new Trainer(() => {
    const child = spawnChild(new URL('./fixtures/unruly.ts', import.meta.url));
    children.push(child);
    return child;
  });
  onTestFinished(() => trainer.close());
  return { trainer, children };
}

function train(trainer: Trainer, deed: string, signal = new AbortController().signal) {
  const request = {
    root: deed,
    cacheFolder: '',
    backbone: null,
    engine: null,
    side: null,
    mirrored: false,
    images: [],
    classes: [],
    multiLabel: false,
    seed: 1,
  };
  return failureOf(() => trainer.train(request, unfollowed(signal)));
}

const isAlive = (pid = 0): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.each([
  ['exit 0', /^The training process ended \(exit status 0\)\. Your labels are safe/],
  ['exit 1', /^The training process ended \(exit status 1\)\. Your labels are safe/],
  ['SIGSEGV', /^The training process ended \(killed by SIGSEGV\)\. Your labels are safe/],
  ['SIGABRT', /^The training process ended \(killed by SIGABRT.*\)\. Your labels are safe/],
  ['SIGKILL', /^The training process ended \(killed by SIGKILL\)\..*Memory may have run out/],
])(
  'a trainer that ends by %s fails the training with the reason, and another can be started',
  async (deed, sentence) => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { trainer, children } = startUnruly();
    for (let i = 1; i <= 2; i++) {
      const failure = await train(trainer, deed);
      expect(failure.code).toBe('trainer');
      expect(failure.message).toMatch(sentence);
      expect(children).toHaveLength(i);
    }
  },
);

test('a trainer whose memory does not suffice says so', { tags: 'trainer-memory' }, async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=40');
  onTestFinished(() => void vi.unstubAllEnvs());
  const failure = await train(startUnruly().trainer, 'out of memory');
  expect(failure.message).toMatch(
    /^The training process ended \(killed by SIGABRT: FATAL ERROR: .*out of memory\)\..*Memory may have run out/,
  );
});

test(
  'a trainer that keeps dying is left alone until someone asks for a training',
  { tags: 'crash-loop' },
  async () => {
    const { trainer, children } = startUnruly();
    for (let i = 0; i < 3; i++) await train(trainer, 'exit 1');
    const refusal = await train(trainer, 'exit 1');
    expect(refusal.message).toMatch(/^The training process ended 3 times within 5 minutes \(exit status 1\)/);
    expect(children).toHaveLength(3);
    trainer.allowRestart();
    await train(trainer, 'exit 1');
    expect(children).toHaveLength(4);
  },
);

test(
  'messages that are garbage, huge, out of order or late are passed over, and logged',
  { tags: 'bad-messages' },
  async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const { trainer } = startUnruly();
    const failure = await train(trainer, 'garbage');
    expect(failure.message).toBe('There was nothing else to say.');
    const logged = log.mock.calls.map(([line]) => String(line));
    expect(logged).toHaveLength(7);
    for (const line of logged)
      expect(line).toMatch(/^The training process sent what it should not: .{1,300}$/s);
  },
);

test.each(['senseless answer', 'wrong answer'])(
  'a %s fails the training instead of being believed',
  async (deed) => {
    vi.spyOn(console, 'error').mockReturnValue();
    const failure = await train(startUnruly().trainer, deed);
    expect(failure.message).toMatch(/^The training process gave an answer that makes no sense/);
  },
);

test(
  'a trainer that is too busy to hear of a cancellation is ended, and leaves no process behind',
  { tags: 'busy-cancelled' },
  async () => {
    const { trainer, children } = startUnruly();
    const controller = new AbortController();
    const training = train(trainer, 'hang', controller.signal);
    await vi.waitFor(() => expect(children).toHaveLength(1));
    controller.abort();
    expect((await training).code).toBe('cancelled');
    expect(isAlive(children[0]?.pid)).toBe(false);
  },
);
