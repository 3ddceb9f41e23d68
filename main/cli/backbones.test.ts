// Which model the command line takes where none is named, and how it is said. A Python that pretends stands for the
// machine's: what pip really does is tested beside the code.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backboneModels } from '../features/backbone/models.ts';
import { writeTinyBackbone } from '../testing/backbone.ts';
import { objectsIn, printedBy, toploss } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, put } from '../testing/images.ts';

/** A user's cache with nothing in it, and no default that keeps the network out of it. */
beforeEach(() => {
  vi.stubEnv('HOME', temporaryFolder());
  vi.stubEnv('XDG_CACHE_HOME', undefined);
  vi.stubEnv('TOPLOSS_BACKBONE', undefined);
});
afterEach(() => void vi.unstubAllEnvs());

async function flowers(): Promise<string> {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, 4);
  return root;
}

function pretendPython(script: string): void {
  const folder = temporaryFolder();
  for (const name of ['python3', 'python']) {
    put(folder, name, `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
}

const onPosix = test.skipIf(process.platform === 'win32');

onPosix(
  'where the default can be had neither here nor by pip, patches rank, and the reason is said',
  async () => {
    const root = await flowers();
    pretendPython('echo "python3: No module named pip" >&2; exit 1');
    const { status, stdout, stderr } = await toploss('rank', root, '--json');
    expect(status).toBe(0);
    expect(objectsIn(stdout)).toHaveLength(12);
    expect(stderr).toContain('Ranked without pretrained weights');
    expect(stderr).toContain('there is no Python 3 with pip on this machine');
  },
);

test('a project that has a backbone keeps it: no other one is fetched', async () => {
  const root = await flowers();
  await printedBy('rank', root, '--backbone', writeTinyBackbone(temporaryFolder()).path);
  const { status, stderr } = await toploss('train', root);
  expect(status).toBe(0);
  expect(stderr).not.toContain('pretrained');
  expect(await printedBy('runs', root)).toMatch(/tiny[^]*tiny/);
});

test('all backbones are listed with what they are good for, the default marked', async () => {
  const models = objectsIn(await printedBy('backbones', '--json'));
  expect(models).toEqual(backboneModels().map((model) => ({ ...model, here: model.name === 'patches' })));
  const text = await printedBy('backbones');
  expect(text).toMatch(/^efficientnet-lite2 \(default\) +23 MB +Apache-2\.0 +the strongest ranking/);
  expect((await toploss('backbones', 'take', 'efficientnet-lite2')).status).toBe(2);
  const wrong = await toploss('backbones', 'get', 'efficientnet');
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toContain('Choose one of: efficientnet-lite2');
});
