import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled } from './install.mjs';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'toploss-install-'));
  await mkdir(join(root, 'node_modules'));
});
afterEach(() => rm(root, { recursive: true }));

const zod = { version: '4.6.7', integrity: 'sha512-zod' };
const sharp = { version: '0.35.5', integrity: 'sha512-sharp' };
const forMac = { version: '0.35.5', integrity: 'sha512-mac', optional: true };

async function lock(packages: object): Promise<void> {
  await writeFile(
    join(root, 'package-lock.json'),
    JSON.stringify({ packages: { '': { name: 'toploss' }, ...packages } }),
  );
}
async function installed(packages: object): Promise<void> {
  await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
}

test('a fresh clone is not installed', async () => {
  await lock({ 'node_modules/zod': zod });
  expect(isInstalled(root)).toBe(false);
});

test('an installation that was broken off is not installed: npm writes its list last', async () => {
  await lock({ 'node_modules/zod': zod });
  await mkdir(join(root, 'node_modules', 'zod'));
  expect(isInstalled(root)).toBe(false);
});

test('what the lock file names is installed, without the optional packages of other platforms', async () => {
  await lock({ 'node_modules/zod': zod, 'node_modules/@img/sharp-darwin-arm64': forMac });
  await installed({ 'node_modules/zod': zod });
  expect(isInstalled(root)).toBe(true);
});

test.each([
  ['a package was added', { 'node_modules/zod': zod, 'node_modules/sharp': sharp }],
  ['a package was removed', {}],
  ['a version changed', { 'node_modules/zod': { ...zod, version: '4.6.8' } }],
  ['the contents of a version changed', { 'node_modules/zod': { ...zod, integrity: 'sha512-other' } }],
])('is stale when %s', async (_what, packages) => {
  await lock(packages);
  await installed({ 'node_modules/zod': zod });
  expect(isInstalled(root)).toBe(false);
});
