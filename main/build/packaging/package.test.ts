// A package as it is built for this system, with a stand-in for Electron, from a folder in which more lies than belongs
// into it. Left out of it is TensorFlow.js alone, which is most of the files and whose patterns another test looks at.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { extractAll, listPackage } from '@electron/asar';
import { expect, test } from 'vitest';
import { z } from 'zod';
import manifest from '../../../package.json' with { type: 'json' };
import { temporaryFolder } from '../../testing/folder.ts';
import { drawFlowers, put } from '../../testing/images.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const run = promisify(execFile);

/** Builds what the configuration says of the compiled app in a folder of its own. @returns the archive */
async function packageWith(bait: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  for (const name of ['electron-builder.yml', 'main/build/packaging'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  const dependencies = Object.entries(manifest.dependencies).filter(
    ([name]) => !name.startsWith('@tensorflow'),
  );
  for (const path of withWhatTheyNeed(['@electron/fuses', ...dependencies.map(([name]) => name)]))
    cpSync(join(root, path), join(folder, path), { recursive: true, filter: isForHere });
  const reduced = {
    ...manifest,
    dependencies: Object.fromEntries(dependencies),
    devDependencies: {},
    optionalDependencies: {},
  };
  put(folder, 'package.json', JSON.stringify(reduced));
  put(folder, 'dist/renderer/index.html', '<title>Toploss</title>');
  put(folder, 'dist/THIRD-PARTY-LICENCES.txt', '');
  for (const name of bait) put(folder, name, 'secret');
  const outDir = join(folder, 'dist');
  await run(bin('tsc'), ['-p', 'main/tsconfig.build.json', '--noCheck', '--outDir', outDir], { cwd: root });

  // A program that has the fuses of Electron, and its version beside it.
  const electron = temporaryFolder();
  put(electron, 'electron', `dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\u0001\u0009${'1'.repeat(9)}`);
  const { electron: version } = manifest.devDependencies;
  put(electron, 'version', version);
  const output = temporaryFolder();
  const settings = [
    `-c.electronDist=${electron}`,
    `-c.electronVersion=${version}`,
    `-c.directories.output=${output}`,
  ];
  // npm lists what production needs; not the folder that it was called in, which it hands on by its variables.
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME };
  await run(bin('electron-builder'), ['--linux', '--x64', '--dir', ...settings], { cwd: folder, env });
  return join(output, 'linux-unpacked', 'resources', 'app.asar');
}

/** Files that stand for the large ones of other systems. */
const elsewhere = [
  ...['darwin-universal', 'linux-arm64', 'win32-x64'].map((name) => `webgpu/dist/${name}/dawn.node`),
  ...['darwin/arm64', 'linux/arm64', 'win32/x64'].map(
    (name) => `onnxruntime-node/bin/napi-v6/${name}/a.node`,
  ),
  'better-sqlite3/prebuilds/win32-x64.node',
];
const isForHere = (path: string) => !/\/(darwin|win32|arm64|linux-arm64)[^/]*$/.test(path);

/** The folders of packages and of all that they need, as far as it is here. */
function withWhatTheyNeed(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (name: string) => {
    const path = join('node_modules', name);
    const file = join(root, path, 'package.json');
    if (found.has(path) || !existsSync(file)) return;
    found.add(path);
    const { dependencies, optionalDependencies } = packageSchema.parse(
      JSON.parse(readFileSync(file, 'utf8')),
    );
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) add(needed);
  };
  names.forEach(add);
  return found;
}

const packageSchema = z.object({
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'a package has the compiled app and what it needs here, nothing that lies beside it, and runs',
  async () => {
    const bait = [
      '.env.local',
      'private.jpg',
      'main/app.ts',
      'main/app.test.ts',
      'pets.toploss/labels.db',
      ...elsewhere.map((path) => `node_modules/${path}`),
    ];
    const archive = await packageWith(bait);

    const files = listPackage(archive, { isPack: false }).map((path) => path.slice(1));
    const within = (depth: number, folder: RegExp) =>
      new Set(
        files.filter((path) => folder.test(path)).map((path) => path.split('/').slice(0, depth).join('/')),
      );
    expect([...within(1, /./)].toSorted()).toEqual(['dist', 'node_modules', 'package.json']);
    expect([...within(2, /^dist\//)].toSorted()).toEqual([
      'dist/main',
      'dist/package.json',
      'dist/renderer',
      'dist/shared',
    ]);
    const ours = files.filter((path) => path.startsWith('dist/'));
    expect(ours.filter((path) => /\.test\.|\.ts$|\/(testing|fixtures|build)(\/|$)/.test(path))).toEqual([]);
    const natives = files.filter((path) => path.endsWith('.node'));
    expect(natives.filter((path) => !/linux|x64/.test(path))).toEqual([]);
    expect(natives.filter((path) => path.endsWith('dawn.node'))).toHaveLength(1);

    const app = temporaryFolder();
    extractAll(archive, app);
    expect(files.reduce((bytes, path) => bytes + statSync(join(app, path)).size, 0) / 2 ** 20).toBeLessThan(
      120,
    );

    const folder = temporaryFolder();
    await drawFlowers(join(folder, 'flowers'), 4);
    writeFileSync(join(folder, 'look.mjs'), look(app, folder));
    const env = { ...process.env, TOPLOSS_USER_DATA: join(folder, 'user data') };
    const cli = join(app, 'dist/main/cli/toploss.js');
    const ranked = await run(process.execPath, [cli, 'rank', join(folder, 'flowers'), '--json'], { env });
    expect(ranked.stdout.trim().split('\n')).toHaveLength(12);
    const looked = await run(process.execPath, [join(folder, 'look.mjs')], { env });
    expect(looked.stdout).toMatch(/^200 image\/webp \d+\n$/);
  },
  240_000,
);

/** Opens the set in the packaged app and asks for a thumbnail, as the page does. */
const look = (app: string, folder: string) => `
  import { createApp } from ${JSON.stringify(join(app, 'dist/main/app.js'))};
  import { spawnChild } from ${JSON.stringify(join(app, 'dist/main/process/fork.js'))};
  const app = await createApp({
    shell: 'browser',
    dataset: null,
    userData: ${JSON.stringify(join(folder, 'user data'))},
    spawn: spawnChild,
  });
  const open = { method: 'POST', body: JSON.stringify([{ dataset: ${JSON.stringify(join(folder, 'flowers'))} }]) };
  const { value } = await (await app.fetch(new Request('http://app/call/project.open', open))).json();
  const thumb = await app.fetch(new Request(\`http://app/thumb/\${value.id}/1\`));
  const bytes = await thumb.arrayBuffer();
  console.log(thumb.status, thumb.headers.get('content-type'), bytes.byteLength);
  await app.close();
`;
