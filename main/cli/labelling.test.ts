import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTinyBackbone } from '../testing/backbone.ts';
import { objectsIn, printedBy, toploss } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, put } from '../testing/images.ts';

/** An imported data set of roses, tulips and violets, so many of each. */
async function imported(perClass: number) {
  const folder = temporaryFolder();
  const root = join(folder, 'flowers');
  const paths = await drawFlowers(root, perClass);
  await printedBy('import', root);
  return { folder, root, paths };
}

/** The bytes of every file below a folder. */
function hashes(root: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) hash.update(file.name).update(readFileSync(join(file.parentPath, file.name)));
  }
  return hash.digest('hex');
}

/** The cleaned data set as lines `path,label`, with paths relative to the data set. */
async function exported({ folder, root }: { folder: string; root: string }): Promise<string[]> {
  const to = join(folder, `${crypto.randomUUID()}.csv`);
  await printedBy('export', root, '--to', to);
  const [header, ...lines] = readFileSync(to, 'utf8').trimEnd().split('\n');
  expect(header).toBe('path,label');
  return lines.map((line) => line.replace(/^flowers\//, ''));
}

const folderOf = (path: string) => path.split('/')[0] ?? '';
const bulk = Array.from({ length: 50 }, (_, i) => `tulip/${i}.png`);

for (const { what, verdicts, becomes } of [
  { what: 'a relabel', verdicts: ['rose/3.png,relabel,violet'], becomes: { 'rose/3.png': 'violet' } },
  {
    what: 'a relabel to a new class',
    verdicts: ['rose/3.png,relabel,lily'],
    becomes: { 'rose/3.png': 'lily' },
  },
  { what: 'a keep', verdicts: ['rose/3.png,keep,'], becomes: {} },
  { what: 'an exclude', verdicts: ['rose/3.png,exclude,'], becomes: { 'rose/3.png': null } },
  {
    what: 'a relabel of 50 images',
    verdicts: bulk.map((path) => `${path},relabel,rose`),
    becomes: Object.fromEntries(bulk.map((path) => [path, 'rose'])),
  },
]) {
  test(`${what} is applied, undone and redone, and exported as it stands`, async () => {
    const set = await imported(what.includes('50') ? 52 : 5);
    const originals = hashes(set.root);
    const after: Readonly<Record<string, string | null>> = becomes;
    const lines = (labels: Readonly<Record<string, string | null>>) =>
      set.paths
        .toSorted()
        .flatMap((path) => (labels[path] === null ? [] : [`${path},${labels[path] ?? folderOf(path)}`]));
    put(set.folder, 'verdicts.csv', ['path,verdict,label', ...verdicts].join('\n'));

    const applied = await toploss('apply', set.root, join(set.folder, 'verdicts.csv'));
    const images = verdicts.length === 1 ? '1 image' : `${verdicts.length} images`;
    expect(applied).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining(`${images} changed`),
    });
    expect(await exported(set)).toEqual(lines(after));
    const undone = await toploss('undo', set.root);
    expect(undone.stderr).toMatch(new RegExp(`^undo: .*\\(${images}\\)\n$`));
    expect(await exported(set)).toEqual(lines({}));
    expect((await toploss('undo', set.root)).stderr).toBe('There is nothing to undo.\n');
    const redone = await toploss('redo', set.root);
    expect(redone.stderr).toMatch(new RegExp(`^redo: .*\\(${images}\\)\n$`));
    expect(await exported(set)).toEqual(lines(after));

    const kinds = objectsIn<{ kind: string; path: string }>(await printedBy('log', set.root, '--json'));
    expect(kinds.map(({ kind }) => kind)).toEqual(
      ['decide', 'undo', 'redo'].flatMap((kind) => verdicts.map(() => kind)),
    );
    expect(hashes(set.root)).toBe(originals);
  });
}

test('verdicts are ranked with, excluded images are not, and a new run can be compared with the old one', async () => {
  const set = await imported(12);
  const backbone = writeTinyBackbone(set.folder).path;
  await printedBy('rank', set.root, '--backbone', backbone);
  const verdicts = ['tulip/0.png,relabel,rose', 'tulip/1.png,exclude,', 'tulip/2.png,keep,'];
  put(set.folder, 'verdicts.csv', ['path,verdict,label', ...verdicts].join('\n'));
  await printedBy('apply', set.root, join(set.folder, 'verdicts.csv'));
  expect(await printedBy('runs', set.root)).toMatch(/^run 1 .* stale\n$/);

  const ranking = objectsIn<{ path: string; label: string; verdict: string | null }>(
    await printedBy('rank', set.root, '--json'),
  );
  expect(ranking).toHaveLength(35);
  expect(ranking[0]).toMatchObject({ path: 'tulip/0.png', label: 'rose', verdict: 'relabel' });
  expect(ranking).toContainEqual(expect.objectContaining({ path: 'tulip/2.png', verdict: 'keep' }));
  expect(ranking.map(({ path }) => path)).not.toContain('tulip/1.png');

  expect(await printedBy('runs', set.root)).toMatch(/^run 1 .* stale\nrun 2 .* up to date\n$/);
  const comparison = await printedBy('runs', set.root, '--compare', '1,2');
  expect(comparison).toMatch(/^run 1 .*\nrun 2 .*\n\naccuracy on the original labels +\d+\.\d % → \d+\.\d %/);
  expect(comparison).toMatch(/\naccuracy on the confirmed labels .* \(2 images\)\n/);
  expect(objectsIn(await printedBy('runs', set.root, '--compare', '1,2', '--json'))).toMatchObject([
    { before: { id: 1 }, after: { id: 2 }, compared: 35 },
  ]);
});

test('the log says what was changed, by whom and in which step, in columns', async () => {
  const set = await imported(3);
  put(set.folder, 'verdicts.csv', 'path,verdict,label\nrose/0.png,relabel,tulip\nrose/1.png,keep,\n');
  await printedBy('apply', set.root, join(set.folder, 'verdicts.csv'));
  await printedBy('undo', set.root);
  const lines = (await printedBy('log', set.root)).trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/^\S+ \S+ +\S+ +/, ''))).toEqual([
    'step 1  relabel  rose → tulip  rose/0.png',
    'step 1  keep     rose          rose/1.png',
    'step 2  undo     tulip → rose  rose/0.png',
    'step 2  undo     rose          rose/1.png',
  ]);
});

test('a cleaned folder is exported, and the changes alone', async () => {
  const set = await imported(3);
  const originals = hashes(set.root);
  put(set.folder, 'verdicts.csv', 'path,verdict,label\nrose/0.png,relabel,tulip\nrose/1.png,exclude,\n');
  await printedBy('apply', set.root, join(set.folder, 'verdicts.csv'));
  const out = join(set.folder, 'clean');
  const { stdout, stderr } = await toploss('export', set.root, '--to', out, '--format', 'folder');
  expect(stdout).toBe('');
  expect(stderr).toBe(
    `8 images written to ${out}; 1 excluded image left out\n` +
      '1 image is numbered because another of the same name lies in the same folder.\n',
  );
  expect(readdirSync(join(out, 'rose'))).toEqual(['2.png']);
  expect(readdirSync(join(out, 'tulip'))).toHaveLength(4);
  const changes = join(set.folder, 'changes.csv');
  await printedBy('export', set.root, '--to', changes, '--format', 'changes');
  expect(readFileSync(changes, 'utf8')).toBe(
    'path,from,to,verdict\nrose/0.png,rose,tulip,relabel\nrose/1.png,rose,,exclude\n',
  );
  expect(hashes(set.root)).toBe(originals);
});
