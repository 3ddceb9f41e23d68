// The packaging configuration as it is written. That a packaged binary carries it can be shown only where one is built.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { convertIcon } from 'app-builder-lib/out/util/iconConverter.js';
import { validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { DebugLogger } from 'builder-util';
import type { Configuration } from 'electron-builder';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import manifest from '../../../package.json' with { type: 'json' };
import { afterPack, fuses } from './fuses.ts';
import { drawIcon, sizes } from './icons.ts';

// electron-builder adds everything to a list of a system's own that only leaves out.
const system = z.looseObject({ files: z.undefined().optional() });
const configuration = z
  .object({
    asar: z.literal(true),
    disableAsarIntegrity: z.literal(false),
    icon: z.string(),
    extraResources: z.array(z.union([z.string(), z.object({ from: z.string(), to: z.string() })])),
    npmRebuild: z.literal(false),
    files: z.array(z.string()),
    asarUnpack: z.array(z.string()),
    afterPack: z.string(),
    linux: system,
    mac: system,
    win: system,
  })
  .parse(parse(readFileSync(new URL('../../../electron-builder.yml', import.meta.url), 'utf8')));

test('every fuse that there is has been decided on, strictly', { tags: 'electron-19-fuses' }, () => {
  const names = Object.values(FuseV1Options).filter((value) => typeof value === 'number');
  expect(Object.keys(fuses).toSorted()).toEqual(
    [...names.map(String), 'strictlyRequireAllFuses', 'version'].toSorted(),
  );
  expect(fuses.strictlyRequireAllFuses).toBe(true);
});

test(
  'the packaged binary is no Node, takes no options for one and loads the checked archive alone',
  { tags: 'archive-integrity' },
  () => {
    expect(fuses).toMatchObject({
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: false,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    });
  },
);

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

test('the hook of the configuration sets the fuses in a binary', { tags: 'electron-19-fuses' }, async () => {
  expect(configuration.afterPack).toBe('./main/build/packaging/fuses.ts');
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

const natives = (platform: string, arch: string) => [
  `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`,
  `node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node`,
  `node_modules/webgpu/dist/${platform}-${platform === 'darwin' ? 'universal' : arch}/dawn.node`,
];

test.each([
  ['linux', 'x64'],
  ['linux', 'arm64'],
  ['darwin', 'arm64'],
  ['win32', 'x64'],
] as const)('for %s-%s its binaries lie outside the archive, and no others are packaged', (os, arch) => {
  const left = configuration.files
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => pattern.slice(1).replaceAll('${platform}', os).replaceAll('${arch}', arch));
  const isKept = (path: string): boolean => !left.some((pattern) => matchesGlob(path, pattern));
  expect(natives(os, arch).every((path) => isKept(path) && isUnpacked(path))).toBe(true);
  for (const otherOs of ['linux', 'linuxmusl', 'darwin', 'win32']) {
    for (const otherArch of ['x64', 'arm64']) {
      if (otherOs === os && (otherArch === arch || os === 'darwin')) continue;
      expect(natives(otherOs, otherArch).some(isKept), `${otherOs}-${otherArch}`).toBe(false);
    }
  }
});

test('the libraries that native modules open lie outside the archive', () => {
  expect(isUnpacked('node_modules/@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.8.18.0')).toBe(true);
  expect(isUnpacked('node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1')).toBe(true);
});

function isUnpacked(path: string): boolean {
  return configuration.asarUnpack.some((pattern) => matchesGlob(path, pattern));
}

test('what a process or a thread is started from lies inside the archive, which Electron reads, with all that it imports', () => {
  // A utility process and a worker thread of Electron read modules in the archive; only the system's loader does not.
  for (const module of [
    'dist/main/trainer/process.js',
    'dist/main/features/extraction/reading.js',
    'dist/main/images/process.js',
  ])
    expect(isUnpacked(module), module).toBe(false);
});

test('the wasm that TensorFlow.js reads as a file is packaged', () => {
  const left = configuration.files
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => pattern.slice(1));
  const kept = 'node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm';
  expect(left.some((pattern) => matchesGlob(kept, pattern))).toBe(false);
  expect(left.some((pattern) => matchesGlob('node_modules/@tensorflow/tfjs/dist/tf.js', pattern))).toBe(true);
});

test('the configuration is one that electron-builder takes', async () => {
  const raw: unknown = parse(readFileSync(new URL('../../../electron-builder.yml', import.meta.url), 'utf8'));
  await validateConfiguration(raw as Configuration, new DebugLogger(false));
});

test('electron-builder finds the icon in every size, and each is the drawing as it is now', async () => {
  const { icons, isFallback } = await convertIcon({
    sources: [configuration.icon],
    fallbackSources: [],
    roots: [fileURLToPath(new URL('../../..', import.meta.url))],
    format: 'set',
    outDir: tmpdir(),
  });
  expect(isFallback).toBe(false);
  expect(icons.map(({ size }) => size)).toEqual([...sizes]);
  for (const { file, size } of icons) {
    const [drawn, kept] = await Promise.all(
      [drawIcon(size), readFile(file)].map(async (png) => pixels(await png)),
    );
    const difference =
      drawn?.reduce((sum, value, i) => sum + Math.abs(value - (kept?.[i] ?? -255)), 0) ?? Infinity;
    expect(difference / (4 * size * size), `${size}`).toBeLessThan(1);
  }
});

const pixels = (png: Buffer): Promise<Buffer> => sharp(png).ensureAlpha().raw().toBuffer();

test('no package for Debian is made by default, which would need a homepage that there is not', () => {
  const { target } = z
    .object({ linux: z.object({ target: z.array(z.string()) }) })
    .parse(parse(readFileSync(new URL('../../../electron-builder.yml', import.meta.url), 'utf8'))).linux;
  expect(target.includes('deb')).toBe('homepage' in manifest);
});
