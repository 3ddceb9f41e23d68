import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { writeTinyBackbone } from '../testing/backbone.ts';
import { objectsIn, printedBy, startToploss, toploss } from '../testing/cli.ts';
import type { Line } from './commands/rank.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlower, drawFlowers, put } from '../testing/images.ts';
import { oddNames } from '../testing/names.ts';

/** Folders of flowers, and among the tulips a rose. */
async function mislabelled(perClass = 12) {
  const folder = temporaryFolder();
  const root = join(folder, 'flowers');
  await drawFlowers(root, perClass);
  copyFileSync(join(root, 'rose/0.png'), join(root, 'tulip/wrong.png'));
  return { folder, root, backbone: writeTinyBackbone(folder).path };
}

const ranked = async (...args: string[]) => objectsIn<Line>(await printedBy('rank', ...args, '--json'));

test('every labelled image is printed as one JSON object, worst first, with the best other classes', async () => {
  const { root, backbone } = await mislabelled();
  const lines = await ranked(root, '--backbone', backbone);
  expect(lines.map(({ rank }) => rank)).toEqual(Array.from({ length: 37 }, (_, i) => i + 1));
  expect(lines.map(({ loss }) => loss)).toEqual(lines.map(({ loss }) => loss).toSorted((a, b) => b - a));
  expect(Object.keys(lines[0] ?? {})).toEqual([
    'rank',
    'path',
    'label',
    'predicted',
    'loss',
    'probability',
    'suggestions',
    'verdict',
  ]);
  expect(lines[0]).toMatchObject({
    path: 'tulip/wrong.png',
    label: 'tulip',
    predicted: 'rose',
    verdict: null,
  });
  for (const { label, loss, probability, suggestions } of lines) {
    expect(Math.exp(-loss)).toBeCloseTo(probability ?? Number.NaN, 4);
    expect(suggestions.map((suggestion) => suggestion.label)).toHaveLength(2);
    expect(suggestions.map((suggestion) => suggestion.label)).not.toContain(label);
    expect(suggestions[0]?.probability).toBeGreaterThanOrEqual(suggestions[1]?.probability ?? 1);
  }
});

test('at least three other classes are suggested where there are as many', async () => {
  const { folder, root, backbone } = await mislabelled(10);
  const classes = ['rose', 'tulip', 'violet', 'lily', 'iris'];
  const rows = ['rose', 'tulip', 'violet'].flatMap((name) =>
    Array.from({ length: 10 }, (_, i) => `flowers/${name}/${i}.png,${i < 4 ? classes[i + 1] : name}`),
  );
  put(folder, 'labels.csv', ['path,label', ...rows].join('\n'));
  const lines = await ranked(root, '--labels', join(folder, 'labels.csv'), '--backbone', backbone);
  expect(lines).toHaveLength(30);
  for (const { suggestions } of lines) expect(suggestions.length).toBeGreaterThanOrEqual(3);
});

test('the same seed gives the same ranking byte for byte, and a second rank trains nothing', async () => {
  const { folder, root, backbone } = await mislabelled();
  const first = ['rank', root, '--json', '--seed', '7', '--project', join(folder, 'one')];
  const other = ['rank', root, '--json', '--seed', '7', '--project', join(folder, 'other')];
  const text = await printedBy(...first, '--backbone', backbone);
  expect(await printedBy(...other, '--backbone', backbone)).toBe(text);
  const again = await toploss(...first);
  expect(again.stdout).toBe(text);
  expect(again.stderr).toBe('37 images, all labelled; nothing changed on disk\n');
  expect(objectsIn(await printedBy('runs', root, '--json', '--project', join(folder, 'one')))).toHaveLength(
    1,
  );
});

test('for people the worst are printed as a table, and nothing is said of work that is soon done', async () => {
  const { root, backbone } = await mislabelled();
  const { stdout, stderr } = await toploss('rank', root, '--backbone', backbone);
  const [header, worst, ...others] = stdout.trimEnd().split('\n');
  expect(header).toMatch(/^rank {2,}loss {2}label {2,}suggested {2,}image$/);
  expect(worst).toMatch(/^ {3}1 +\d+\.\d\d {2}tulip +rose +\d+ % {2}tulip\/wrong\.png$/);
  expect(others).toHaveLength(29);
  expect(stderr).toMatch(
    /^37 images, all labelled; 37 added\nrun 1 · .* · tiny on CPU · .* · up to date\nThe worst 30 of 37; more with --limit N\n$/,
  );
  expect((await printedBy('rank', root, '--limit', '3')).split('\n')).toHaveLength(5);
  expect(await ranked(root, '--limit', '3')).toHaveLength(3);
});

test('a reader that has seen enough is no failure', async () => {
  const { root, backbone } = await mislabelled(300);
  const { child, outcome } = startToploss(['rank', root, '--json', '--backbone', backbone]);
  if (child.stdout) await once(child.stdout, 'data');
  child.stdout?.destroy();
  expect(await outcome).toMatchObject({ status: 0, stderr: expect.not.stringContaining('Error') });
});

test(
  'odd names of files are printed as JSON that says them exactly, those that are not UTF-8 among the problems',
  { tags: 'odd-names' },
  async () => {
    const folder = temporaryFolder();
    const root = join(folder, 'flowers');
    const paths = await drawFlowers(root, 2);
    for (const [i, name] of oddNames.entries()) {
      put(root, `rose/${name}`, await drawFlower('rose', 500 + i));
      paths.push(`rose/${name}`);
    }
    writeFileSync(
      Buffer.concat([Buffer.from(join(root, 'rose/')), Buffer.from([0xff, 0x2e, 0x70])]),
      'not UTF-8',
    );
    const lines = await ranked(root, '--backbone', writeTinyBackbone(folder).path);
    expect(lines.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
    const problems = objectsIn<{ path: string }>(await printedBy('problems', root, '--json'));
    expect(problems.map(({ path }) => path)).toEqual([String.raw`rose/\xff.p`]);
  },
);

test('labels come from a CSV that is the data set, and a file that it names in vain is a problem', async () => {
  const { folder, root, backbone } = await mislabelled();
  const rows = ['rose/0.png,red', 'rose/1.png,red', 'violet/0.png,blue', 'violet/1.png,blue', 'gone.png,red'];
  put(root, 'list.csv', ['file,class', ...rows].join('\r\n'));
  const dataset = join(root, 'list.csv');
  const columns = ['--path-column', 'file', '--label-column', 'class'];
  const { status, stdout, stderr } = await toploss(
    'rank',
    dataset,
    ...columns,
    '--backbone',
    backbone,
    '--json',
    '--project',
    join(folder, 'project'),
  );
  expect(stderr).toMatch(/^4 images, all labelled; 4 added; 1 file is not ranked, see: toploss problems\n/);
  expect(status).toBe(0);
  expect(new Set(objectsIn<Line>(stdout).map(({ path, label }) => `${path} ${label}`))).toEqual(
    new Set(['rose/0.png red', 'rose/1.png red', 'violet/0.png blue', 'violet/1.png blue']),
  );
  const problems = await printedBy('problems', dataset, '--json', '--project', join(folder, 'project'));
  expect(objectsIn(problems)).toEqual([{ path: 'gone.png', reason: expect.stringContaining('list.csv') }]);
});

test('labels and splits come from a pattern, and are remembered', async () => {
  const folder = temporaryFolder();
  const root = join(folder, 'flowers');
  const paths = await drawFlowers(root, 4);
  const pattern = String.raw`^(?<label>\w)\w+/(?<split>[01])?`;
  const backbone = writeTinyBackbone(folder).path;
  await printedBy('import', root, '--pattern', pattern);
  const lines = await ranked(root, '--backbone', backbone);
  expect(lines).toHaveLength(paths.length);
  for (const { path, label } of lines) expect(label).toBe(path.slice(0, 1));
  await printedBy('export', root, '--to', join(folder, 'out.csv'));
  const table = readFileSync(join(folder, 'out.csv'), 'utf8');
  expect(table).toContain('flowers/rose/0.png,r,0\n');
  expect(table).toContain('flowers/rose/3.png,r,\n');
});

test('folders named after splits are splits, and images without a label are not ranked', async () => {
  const folder = temporaryFolder();
  const root = join(folder, 'flowers');
  await drawFlowers(join(root, 'train'), 6);
  await drawFlowers(join(root, 'valid'), 2);
  copyFileSync(join(root, 'train/rose/0.png'), join(root, 'unknown.png'));
  const { stdout, stderr } = await toploss(
    'rank',
    root,
    '--json',
    '--backbone',
    writeTinyBackbone(folder).path,
  );
  expect(stderr).toContain('25 images, 24 of them labelled; 25 added');
  expect(new Set(objectsIn<Line>(stdout).map(({ label }) => label))).toEqual(
    new Set(['rose', 'tulip', 'violet']),
  );
  await printedBy('export', root, '--to', join(folder, 'out.csv'));
  const table = readFileSync(join(folder, 'out.csv'), 'utf8');
  expect(table).toContain('flowers/valid/tulip/1.png,tulip,valid\n');
  expect(table).toContain('flowers/unknown.png,,\n');
});

test('images with several labels are ranked', async () => {
  const { folder, root, backbone } = await mislabelled(10);
  const rows = ['rose', 'tulip', 'violet'].flatMap((name) =>
    Array.from({ length: 10 }, (_, i) => `flowers/${name}/${i}.png,${name}${i % 2 ? '' : '|even'}`),
  );
  put(folder, 'labels.csv', ['path,label', ...rows].join('\n'));
  const lines = await ranked(root, '--labels', join(folder, 'labels.csv'), '--backbone', backbone);
  expect(lines).toHaveLength(30);
  for (const { path, label } of lines) {
    expect(label.split('|')).toContain(path.split('/')[0]);
    expect(label.split('|')).toHaveLength(Number(path.at(-5)) % 2 ? 1 : 2);
  }
});

test('Ctrl-C while images are read keeps what was computed, and the next rank goes on from there', async () => {
  const folder = temporaryFolder();
  const root = join(folder, 'photos');
  const photo = await sharp({ create: { width: 1200, height: 1200, channels: 3, background: '#987' } })
    .jpeg()
    .toBuffer();
  const images = 300;
  for (let i = 0; i < images; i++)
    put(root, `${i % 2 ? 'odd' : 'even'}/${i}.jpg`, Buffer.concat([photo, Buffer.from(`${i}`)]));
  const command = ['rank', root, '--json', '--backbone', writeTinyBackbone(folder).path];
  const features = () => {
    const cache = join(folder, 'photos.toploss/cache/features');
    const [file] = existsSync(cache) ? readdirSync(cache).filter((name) => name.endsWith('.f32')) : [];
    return file === undefined ? Buffer.alloc(0) : readFileSync(join(cache, file));
  };

  const { child, outcome } = startToploss(command);
  while (features().length === 0 && child.exitCode === null) await sleep(5);
  child.kill('SIGINT');
  const cancelled = await outcome;
  expect(cancelled).toMatchObject({ status: 130, stdout: '' });
  expect(cancelled.stderr).toBe(
    'toploss rank: Training was cancelled. The features computed so far are kept for the next time.\n',
  );
  const kept = features();
  const vector = 12 * 4;
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(images * vector);

  expect(objectsIn(await printedBy(...command))).toHaveLength(images);
  expect(features().subarray(0, kept.length).equals(kept)).toBe(true);
  expect(features()).toHaveLength(images * vector);
});
