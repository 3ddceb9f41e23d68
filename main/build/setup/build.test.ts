import { cp, mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildIfStale, fingerprint } from './build.mjs';

let root: string;
beforeEach(async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  root = await mkdtemp(join(tmpdir(), 'toploss-build-'));
  for (const folder of ['renderer/review', 'shared', 'dist/renderer'])
    await mkdir(join(root, folder), { recursive: true });
  await write('renderer/app.ts', 'app');
  await write('renderer/review/Grid.svelte', 'grid');
  await write('shared/contract.ts', 'contract');
  await write('package-lock.json', '{}');
  // Counts its runs in the product.
  const script = "const fs = require('fs'); fs.appendFileSync('dist/renderer/index.html', 'x')";
  await write('build.cjs', script);
  await write(
    'package.json',
    JSON.stringify({ scripts: { 'build:page': 'node build.cjs', 'build:main': 'exit 3' } }),
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

const write = (path: string, text: string): Promise<void> => writeFile(join(root, path), text);
const builds = async (): Promise<number> =>
  (await readFile(join(root, 'dist/renderer/index.html'), 'utf8')).length;

test('builds once, and again after a change of a source', async () => {
  await buildIfStale(root, 'page');
  await buildIfStale(root, 'page');
  expect(await builds()).toBe(1);
  await write('shared/contract.ts', 'another contract');
  await buildIfStale(root, 'page');
  expect(await builds()).toBe(2);
});

test('builds again where the product has gone', async () => {
  await buildIfStale(root, 'page');
  await rm(join(root, 'dist/renderer/index.html'));
  await buildIfStale(root, 'page');
  expect(await builds()).toBe(1);
});

test('says that a build failed, and tries again the next time', async () => {
  await mkdir(join(root, 'main'));
  await write('tsconfig.json', '{}');
  await expect(buildIfStale(root, 'main')).rejects.toThrow('The main could not be built');
  await expect(buildIfStale(root, 'main')).rejects.toThrow('The main could not be built');
});

test('the fingerprint follows names and contents, not times or places', async () => {
  const inputs = ['renderer', 'package-lock.json'];
  const before = fingerprint(root, inputs);
  await utimes(join(root, 'renderer/app.ts'), 0, 0);
  expect(fingerprint(root, inputs)).toBe(before);

  const clone = await mkdtemp(join(tmpdir(), 'toploss-clone-'));
  await cp(root, clone, { recursive: true });
  expect(fingerprint(clone, inputs)).toBe(before);
  await rm(clone, { recursive: true });

  await rename(join(root, 'renderer/app.ts'), join(root, 'renderer/App.ts'));
  expect(fingerprint(root, inputs)).not.toBe(before);
});
