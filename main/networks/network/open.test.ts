import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { DownloadOptions } from '../../features/backbone/hub.ts';
import { failureOf } from '../../testing/failure.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { put } from '../../testing/images.ts';
import { chooseNetwork } from './choose.ts';
import { unfollowed } from '../../work/work.ts';

const never = () => ({
  cacheFolder: temporaryFolder(),
  fetch: () => Promise.reject(new Error('the network was asked')),
});
const choose = (name: string, fetched: Omit<DownloadOptions, 'work'>) =>
  chooseNetwork(name, unfollowed(), fetched);

test('a network is named by its name or by a path, and what is neither is refused', async () => {
  const folder = temporaryFolder();
  put(folder, 'mine.safetensors', '');
  const mine = `${folder}/mine.safetensors`;
  expect(await choose('small', never())).toEqual({ network: 'small', weights: 'small' });
  expect(await choose(mine, never())).toEqual({ network: mine, weights: mine });
  const { code, message } = await failureOf(() => choose(`${folder}/other`, never()));
  expect(code).toBe('bad-request');
  expect(message).toContain('resnet101');
});

test("a ResNet's weights are fetched from the hub when it is named, once", async () => {
  const weights = Buffer.from('weights');
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = (input, init) => {
    asked.push(input instanceof Request ? input.url : String(input));
    const asksForSize = new Headers(init?.headers).get('range') === 'bytes=0-0';
    return Promise.resolve(
      new Response(new Uint8Array(asksForSize ? weights.subarray(0, 1) : weights), {
        status: asksForSize ? 206 : 200,
        headers: { etag: '"x"', 'content-range': `bytes 0-0/${weights.length}` },
      }),
    );
  };
  const hub = { cacheFolder: temporaryFolder(), fetch };
  const { network, weights: file } = await choose('resnet18', hub);
  expect(network).toBe('resnet18');
  expect(readFileSync(file, 'utf8')).toBe('weights');
  expect(file).toMatch(/model\.safetensors$/);
  expect(asked.every((url) => url.includes('timm/resnet18.a1_in1k'))).toBe(true);
  const questions = asked.length;
  expect((await choose('resnet18', hub)).weights).toBe(file);
  expect(asked).toHaveLength(questions);
});

test('without the hub, it is said which file to bring', async () => {
  const { code, message } = await failureOf(() => choose('resnet50', never()));
  expect(code).toBe('no-network');
  expect(message).toContain('model.safetensors of timm/resnet50.a1_in1k');
  expect(message).toContain('--network');
});
