import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Failure } from '../../../shared/failure.ts';
import { failureOf } from '../../testing/failure.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { put } from '../../testing/images.ts';
import { chooseBackbone } from './choose.ts';
import { fetchHubModel, type DownloadOptions } from './hub.ts';
import { unfollowed } from '../../work/work.ts';

const options = (fetch: typeof globalThis.fetch, more: Partial<DownloadOptions> = {}): DownloadOptions => ({
  work: unfollowed(),
  cacheFolder: temporaryFolder(),
  fetch,
  ...more,
});

const offline = () =>
  Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') }));

const refusing = () => Promise.resolve(new Response('forbidden', { status: 403 }));

/** Tells the size, and then breaks off in the middle. */
const breaking: typeof fetch = (_, init) => {
  const asksForSize = new Headers(init?.headers).get('range') === 'bytes=0-0';
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(asksForSize ? 1 : 1000));
      if (asksForSize) controller.close();
      else controller.error(new Error('connection reset'));
    },
  });
  const headers = { etag: '"x"', 'content-range': 'bytes 0-0/5000' };
  return Promise.resolve(new Response(body, { status: asksForSize ? 206 : 200, headers }));
};

test('without a network, it is said how to bring the file by hand', async () => {
  const { code, message } = await failureOf(() => fetchHubModel('mobilenetv4', options(offline)));
  expect(code).toBe('no-network');
  expect(message).toContain('getaddrinfo ENOTFOUND');
  expect(message).toContain('onnx-community/mobilenetv4_conv_small.e2400_r224_in1k');
  expect(message).toContain('onnx/model.onnx');
  expect(message).toContain('--backbone');
});

test('a hub that refuses is said in the same way', async () => {
  expect((await failureOf(() => fetchHubModel('dinov2-small', options(refusing)))).code).toBe('no-network');
});

test('a model is downloaded once, with progress, and found in the cache after that', async () => {
  const stdout = vi.spyOn(process.stdout, 'write');
  onTestFinished(() => stdout.mockRestore());
  const asked: string[] = [];
  const progress: [number, number | null][] = [];
  const model = Buffer.alloc(2_000_000, 7);
  const config = Buffer.from('{"image_mean": [0.5, 0.5, 0.5]}');
  const hub: typeof fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push(url);
    const body = url.endsWith('model.onnx') ? model : config;
    const asksForSize = new Headers(init?.headers).get('range') === 'bytes=0-0';
    return Promise.resolve(
      new Response(new Uint8Array(asksForSize ? body.subarray(0, 1) : body), {
        status: asksForSize ? 206 : 200,
        headers: { etag: '"x"', 'content-range': `bytes 0-0/${body.length}` },
      }),
    );
  };
  const download = options(hub, {
    work: { ...unfollowed(), progress: (_, done, total) => progress.push([done, total]) },
  });
  const path = await fetchHubModel('mobilenetv4', download);
  expect(readFileSync(path).equals(model)).toBe(true);
  // Beside it, where its normalisation is read from.
  expect(readFileSync(join(dirname(path), '../preprocessor_config.json')).equals(config)).toBe(true);
  expect(progress.at(-1)).toEqual([model.length, model.length]);
  const questions = asked.length;
  expect(await fetchHubModel('mobilenetv4', download)).toBe(path);
  expect(asked).toHaveLength(questions);
  // Standard output carries results and nothing else.
  expect(stdout).not.toHaveBeenCalled();
});

test('a download that breaks off leaves nothing that looks like a model', async () => {
  const cacheFolder = temporaryFolder();
  const { code } = await failureOf(() => fetchHubModel('mobilenetv4', options(breaking, { cacheFolder })));
  expect(code).toBe('no-network');
  const files = readdirSync(cacheFolder, { recursive: true, withFileTypes: true });
  expect(files.filter((entry) => entry.isFile())).toEqual([]);
});

test('a download that is cancelled says so', async () => {
  const controller = new AbortController();
  const hanging: typeof globalThis.fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      controller.abort(new Failure('cancelled', 'Cancelled.'));
    });
  const { code } = await failureOf(() =>
    fetchHubModel('mobilenetv4', options(hanging, { work: unfollowed(controller.signal) })),
  );
  expect(code).toBe('cancelled');
});

test('a name stands for a path, a hub model or patches', async () => {
  const never = unfollowed();
  const folder = temporaryFolder();
  put(folder, 'mine.onnx', '');
  expect(await chooseBackbone(undefined, never)).toBeUndefined();
  expect(await chooseBackbone('patches', never)).toBeNull();
  expect(await chooseBackbone(`${folder}/mine.onnx`, never)).toEqual({
    path: `${folder}/mine.onnx`,
    name: 'mine',
  });
  expect((await failureOf(() => fetchHubModel('resnet', options(refusing)))).message).toContain(
    'mobilenetv4',
  );
  expect(await chooseBackbone('~/mine.onnx', never)).toEqual({
    path: join(homedir(), 'mine.onnx'),
    name: 'mine',
  });
  const { code, message } = await failureOf(() => chooseBackbone('efficientnet-lite', never));
  expect(code).toBe('bad-request');
  expect(message).toContain(
    'Choose one of: efficientnet-lite2, efficientnet-lite1, efficientnet-lite0, mobilenetv4,',
  );
});
