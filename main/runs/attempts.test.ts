import { expect, test } from 'vitest';
import { Failure, type FailureCode } from '../../shared/failure.ts';
import { fineTuneDefaults } from '../../shared/training.ts';
import type { FineTuneRequest } from '../networks/index.ts';
import { failureOf } from '../testing/failure.ts';
import { attemptAll } from './attempts.ts';

const request: FineTuneRequest = {
  root: '/flowers',
  cacheFolder: '/flowers.toploss/cache',
  images: [],
  classes: [],
  classNames: ['rose', 'tulip'],
  multiLabel: false,
  seed: 1,
  engine: 'cuda',
  weights: 'small',
  options: { ...fineTuneDefaults, network: 'small', batchSize: 32 },
};

/** Attempts that fail one after another with these codes, and then go well. */
async function attempts(codes: readonly FailureCode[], allowFallback: boolean) {
  const tried: string[] = [];
  const notes: string[] = [];
  const failing = [...codes];
  const attempt = async ({ engine, options }: FineTuneRequest) => {
    tried.push(`${engine} ${options.batchSize}`);
    const code = failing.shift();
    if (code) throw new Failure(code, `It failed: ${code}.`);
    return 'done';
  };
  const all = () => attemptAll(request, { allowFallback, note: (text) => notes.push(text) }, attempt);
  return { all, tried, notes };
}

test('where memory runs out, half the batch is tried once, and said', { tags: 'lost-device' }, async () => {
  const once = await attempts(['out-of-memory'], false);
  expect((await once.all()).request.options.batchSize).toBe(16);
  expect(once.tried).toEqual(['cuda 32', 'cuda 16']);
  expect(once.notes).toEqual([expect.stringContaining('16 images a batch')]);
  const twice = await attempts(['out-of-memory', 'out-of-memory'], false);
  expect((await failureOf(twice.all)).code).toBe('out-of-memory');
  expect(twice.tried).toHaveLength(2);
});

test(
  'a lost device is tried once more as it was, then another engine only where that is allowed',
  { tags: 'lost-device' },
  async () => {
    const strict = await attempts(['device-lost', 'device-lost'], false);
    expect((await failureOf(strict.all)).code).toBe('device-lost');
    expect(strict.tried).toEqual(['cuda 32', 'cuda 32']);
    const allowed = await attempts(['device-lost', 'device-lost'], true);
    expect((await allowed.all()).request.engine).toBe('webgpu');
    expect(allowed.notes.at(-1)).toContain('webgpu, as you allowed');
  },
);

test('after the last engine there is none, and other failures are not tried again', async () => {
  const lost = await attempts(Array<FailureCode>(9).fill('device-lost'), true);
  expect((await failureOf(lost.all)).code).toBe('device-lost');
  expect(lost.tried.map((words) => words.split(' ')[0])).toEqual([
    'cuda',
    'cuda',
    'webgpu',
    'tensorflow',
    'wasm',
  ]);
  const cancelled = await attempts(['cancelled'], true);
  expect((await failureOf(cancelled.all)).code).toBe('cancelled');
  expect(cancelled.tried).toHaveLength(1);
});
