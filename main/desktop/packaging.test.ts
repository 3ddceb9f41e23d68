// The packaging configuration as it is written. That a packaged binary carries it can be shown only where one is built.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { afterPack, fuses } from './fuses.ts';

const platform = z.object({ files: z.array(z.string()) });
const configuration = z
  .object({
    asar: z.literal(true),
    npmRebuild: z.literal(false),
    files: z.array(z.string()),
    asarUnpack: z.array(z.string()),
    afterPack: z.string(),
    linux: platform,
    mac: platform,
    win: platform,
  })
  .parse(parse(readFileSync(new URL('../../electron-builder.yml', import.meta.url), 'utf8')));

test('every fuse that there is has been decided on, strictly', () => {
  const names = Object.values(FuseV1Options).filter((value) => typeof value === 'number');
  expect(Object.keys(fuses).toSorted()).toEqual(
    [...names.map(String), 'strictlyRequireAllFuses', 'version'].toSorted(),
  );
  expect(fuses.strictlyRequireAllFuses).toBe(true);
});

test('the packaged binary is no Node, takes no options for one and loads the checked archive alone', () => {
  expect(fuses).toMatchObject({
    [FuseV1Options.RunAsNode]: false,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: false,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
    [FuseV1Options.OnlyLoadAppFromAsar]: true,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  });
});

/** A file with a fuse wire of the given length, all fuses as Electron is delivered. */
async function binary(length: number) {
  const folder = await mkdtemp(join(tmpdir(), 'toploss-fuses-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
  await writeFile(
    join(folder, 'toploss'),
    `ELF…${sentinel}\u0001${String.fromCharCode(length)}${'1'.repeat(length)}…`,
  );
  const packager = { appInfo: { sanitizedName: 'Toploss', productFilename: 'Toploss' } };
  const context = { appOutDir: folder, electronPlatformName: 'linux', packager } as Parameters<
    typeof afterPack
  >[0];
  return { context, path: join(folder, 'toploss') };
}

test('the hook of the configuration sets the fuses in a binary', async () => {
  expect(configuration.afterPack).toBe('./main/desktop/fuses.ts');
  const { context, path } = await binary(9);
  await afterPack(context);
  const wire = await getCurrentFuseWire(path);
  expect(wire[FuseV1Options.RunAsNode]).toBe(FuseState.DISABLE);
  expect(wire[FuseV1Options.OnlyLoadAppFromAsar]).toBe(FuseState.ENABLE);
});

test('a fuse that nobody has decided on breaks the build', async () => {
  const { context } = await binary(10);
  await expect(afterPack(context)).rejects.toThrow('strictlyRequireAllFuses');
});

test('only what is built is packaged', () => {
  const included = configuration.files.filter((pattern) => !pattern.startsWith('!'));
  expect(included).toEqual(['dist/main/**', 'dist/shared/**', 'dist/renderer/**', 'dist/package.json']);
});

const natives = (platform: string, arch: string) => [
  `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`,
  `node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node`,
];

test.each([
  ['linux', 'linux', 'x64'],
  ['linux', 'linux', 'arm64'],
  ['mac', 'darwin', 'arm64'],
  ['win', 'win32', 'x64'],
] as const)(
  'for %s the binaries of %s-%s lie outside the archive, and no others are packaged',
  (system, os, arch) => {
    const left = configuration[system].files.map((pattern) => pattern.replace('${arch}', arch).slice(1));
    const isKept = (path: string): boolean => !left.some((pattern) => matchesGlob(path, pattern));
    expect(natives(os, arch).every((path) => isKept(path) && isUnpacked(path))).toBe(true);
    for (const otherOs of ['linux', 'linuxmusl', 'darwin', 'win32']) {
      for (const otherArch of ['x64', 'arm64']) {
        if (otherOs === os && otherArch === arch) continue;
        expect(natives(otherOs, otherArch).some(isKept), `${otherOs}-${otherArch}`).toBe(false);
      }
    }
  },
);

test('the libraries that native modules open lie outside the archive', () => {
  expect(isUnpacked('node_modules/@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.8.18.0')).toBe(true);
  expect(isUnpacked('node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1')).toBe(true);
});

function isUnpacked(path: string): boolean {
  return configuration.asarUnpack.some((pattern) => matchesGlob(path, pattern));
}
