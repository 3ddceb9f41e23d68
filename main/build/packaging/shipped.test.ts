// What is shipped beside our own code: docs/dependencies.md names every dependency, and a command collects all licences.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { temporaryFolder } from '../../testing/folder.ts';
import { nameOf, productionPackages } from './licences.ts';
import { isSupported } from './support.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const dependencies = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');

/** The cells of the table's rows. */
const rows = dependencies
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );

test('every direct dependency is named with its licence, and no other', () => {
  const direct = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const licences = new Map(productionPackages().map(({ path, licence }) => [path, licence]));
  const expected = Object.keys(direct).map((name) => [name, licences.get(`node_modules/${name}`)]);
  const named = rows.map(([name = '', licence]) => [name.replaceAll('`', ''), licence]);
  expect(named.toSorted()).toEqual(expected.toSorted());
});

test('the packages that have an install script are known, and work without it', async () => {
  const scripted = productionPackages().filter(({ hasInstallScript }) => hasInstallScript);
  expect([...new Set(scripted.map(nameOf))].toSorted()).toEqual([
    '@tensorflow/tfjs-node-gpu',
    'core-js',
    'onnxruntime-node',
    'webgpu',
  ]);
  for (const one of scripted) if (!one.optional) expect(dependencies).toContain(`\`${nameOf(one)}\``);
  // Installed as the set-up does it, without scripts.
  const { InferenceSession } = await import('onnxruntime-node');
  expect(InferenceSession.create).toBeTypeOf('function');
  const { create } = await import('webgpu');
  expect(create).toBeTypeOf('function');
});

test('one file has the licences of all that is shipped', () => {
  const file = join(temporaryFolder(), 'licences.txt');
  execFileSync(process.execPath, [join(root, 'main/build/packaging/licences.ts'), file], { stdio: 'ignore' });
  const text = readFileSync(file, 'utf8');
  for (const one of productionPackages()) {
    const isThere = existsSync(join(root, one.path));
    expect(isThere || one.optional, `${one.path} is installed, or for other systems`).toBe(true);
    if (isThere) expect(text).toContain(`${nameOf(one)} ${one.version} — ${one.licence}`);
  }
  for (const piece of [
    'libvips',
    'mozjpeg',
    'LGPLv3',
    'svelte ',
    'Apache License',
    'Permission is hereby granted',
  ])
    expect(text, piece).toContain(piece);
});

test.each([
  ['45.4.1', '45.4.1', true],
  ['45.4.1', '47.0.0', true],
  ['45.4.1', '48.0.0', false],
  ['45.4.1', '100.1.0', false],
  ['48.0.0', '47.2.0', true],
])(
  'Electron %s while the latest is %s: supported %s',
  { tags: 'electron-16-current' },
  (version, latest, supported) => {
    expect(isSupported(version, latest)).toBe(supported);
  },
);
