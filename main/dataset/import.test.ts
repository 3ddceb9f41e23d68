import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlower, put } from '../testing/images.ts';
import { idAt, importNow, newProject, opened, rowAt, standingAt } from '../testing/project.ts';
import { decideOn } from '../testing/store.ts';
import { allImages, storeFacts } from '../store/images.ts';
import { allClasses, allStandings, ensureClass, eventLog, labelsVersion } from '../labels/labels.ts';
import { Failure } from '../../shared/failure.ts';
import { importDataset } from './import.ts';
import type { Project } from '../project/open.ts';
import { unfollowed } from '../work/work.ts';

/** What a training finds out about files that it reads. */
function trainOn(project: Project, ...paths: string[]): void {
  storeFacts(
    project.db,
    paths.map((path) => ({
      id: idAt(project, path),
      hash: hashOf(join(project.root, path)),
      width: 16,
      height: 16,
      reason: null,
    })),
  );
}

const nothing = { added: 0, changed: 0, renamed: 0, vanished: 0, relabelled: 0 };

test('a first import stores every image with the label of its folder', async () => {
  const { project } = await newProject(2);
  expect(await importNow(project)).toEqual({
    ...nothing,
    images: 6,
    labelled: 6,
    problems: 0,
    added: 6,
    opened: 6,
  });
  expect(allClasses(project.db).map(({ name }) => name)).toEqual(['rose', 'tulip', 'violet']);
  expect(standingAt(project, 'tulip/1.png')).toBe('tulip');
});

test('a second import of an unchanged set opens no file and changes nothing', async () => {
  const { root, project } = await newProject(2);
  put(root, 'rose/notes.txt', 'not an image');
  await importNow(project);
  const version = labelsVersion(project.db);
  expect(await importNow(project)).toMatchObject({ ...nothing, images: 6, problems: 1, opened: 0 });
  expect(labelsVersion(project.db)).toBe(version);
  expect(eventLog(project.db)).toEqual([]);
});

test('a data set that was copied to another disk is looked at once and not again', async () => {
  const { root, project } = await newProject(1);
  const file = join(root, 'rose/0.png');
  utimesSync(file, 1_700_000_000, 1_700_000_000);
  await importNow(project);
  trainOn(project, 'rose/0.png');
  const { hash } = rowAt(project, 'rose/0.png');
  copyFileSync(file, `${file}.copy`);
  utimesSync(`${file}.copy`, 1_700_000_000, 1_700_000_000);
  renameSync(`${file}.copy`, file);
  expect(await importNow(project)).toMatchObject({ ...nothing, opened: 1 });
  expect(rowAt(project, 'rose/0.png').hash).toEqual(hash);
  expect(await importNow(project)).toMatchObject({ ...nothing, opened: 0 });
});

test('a renamed file keeps its verdict, its features and its history', async () => {
  const { root, project } = await newProject(2);
  await importNow(project);
  trainOn(project, 'rose/0.png');
  const before = rowAt(project, 'rose/0.png');
  decideOn(project.db, [before.id], { verdict: 'exclude' });
  renameSync(join(root, 'rose/0.png'), join(root, 'rose/renamed.png'));
  expect(await importNow(project)).toMatchObject({ ...nothing, renamed: 1 });
  expect(rowAt(project, 'rose/renamed.png')).toEqual({ ...before, path: 'rose/renamed.png' });
  expect(standingAt(project, 'rose/renamed.png')).toBe('rose exclude');
});

test('a file that is renamed before it was ever read is recognised by its inode', async () => {
  const { root, project } = await newProject(2);
  await importNow(project);
  decideOn(project.db, [idAt(project, 'rose/0.png')], { verdict: 'exclude' });
  renameSync(join(root, 'rose/0.png'), join(root, 'rose/renamed.png'));
  expect(await importNow(project)).toMatchObject({ ...nothing, renamed: 1 });
  expect(standingAt(project, 'rose/renamed.png')).toBe('rose exclude');
});

test('files that take over the names of others keep their own verdicts', async () => {
  const { root, project } = await newProject(4, ['rose', 'tulip']);
  await importNow(project);
  trainOn(project, ...[0, 1, 2, 3].map((i) => `rose/${i}.png`));
  decideOn(project.db, [idAt(project, 'rose/1.png')], { verdict: 'exclude' });
  decideOn(project.db, [idAt(project, 'rose/3.png')], { verdict: 'keep' });
  const ids = [0, 1, 2, 3].map((i) => idAt(project, `rose/${i}.png`));
  // The first is deleted and the others move up.
  for (const i of [1, 2, 3]) renameSync(join(root, `rose/${i}.png`), join(root, `rose/${i - 1}.png`));
  expect(await importNow(project)).toMatchObject({ ...nothing, renamed: 3, vanished: 1 });
  expect([0, 1, 2].map((i) => idAt(project, `rose/${i}.png`))).toEqual(ids.slice(1));
  expect([0, 1, 2].map((i) => standingAt(project, `rose/${i}.png`))).toEqual([
    'rose exclude',
    'rose',
    'rose keep',
  ]);
  expect(await importNow(project)).toMatchObject({ ...nothing, opened: 0 });
});

test(
  'two files that swap their names keep their own verdicts, even with the same size and time',
  { tags: 'vanished-files' },
  async () => {
    const { root, project } = await newProject(2, ['rose', 'tulip']);
    const [first, second] = [0, 1].map((i) => join(root, `rose/${i}.png`)) as [string, string];
    const size = Math.max(statSync(first).size, statSync(second).size);
    for (const file of [first, second]) {
      writeFileSync(file, Buffer.alloc(size - statSync(file).size), { flag: 'a' });
      utimesSync(file, 1_700_000_000, 1_700_000_000);
    }
    await importNow(project);
    trainOn(project, 'rose/0.png', 'rose/1.png');
    const hashes = [0, 1].map((i) => rowAt(project, `rose/${i}.png`).hash);
    decideOn(project.db, [idAt(project, 'rose/0.png')], { verdict: 'exclude' });
    renameSync(first, `${first}.aside`);
    renameSync(second, first);
    renameSync(`${first}.aside`, second);
    expect(await importNow(project)).toMatchObject({ ...nothing, renamed: 2 });
    expect([0, 1].map((i) => standingAt(project, `rose/${i}.png`))).toEqual(['rose', 'rose exclude']);
    expect([0, 1].map((i) => rowAt(project, `rose/${i}.png`).hash)).toEqual(hashes.toReversed());
  },
);

test('a file that takes the name of one that vanished earlier brings its own verdict', async () => {
  const { root, project } = await newProject(3, ['rose', 'tulip']);
  await importNow(project);
  trainOn(project, 'rose/0.png', 'rose/1.png');
  decideOn(project.db, [idAt(project, 'rose/0.png')], { verdict: 'exclude' });
  decideOn(project.db, [idAt(project, 'rose/1.png')], { verdict: 'keep' });
  rmSync(join(root, 'rose/0.png'));
  await importNow(project);
  renameSync(join(root, 'rose/1.png'), join(root, 'rose/0.png'));
  expect(await importNow(project)).toMatchObject({ ...nothing, renamed: 1 });
  expect(standingAt(project, 'rose/0.png')).toBe('rose keep');
});

test('a file that is moved to another class is relabelled by it, unless a person decided', async () => {
  const { root, project } = await newProject(3);
  await importNow(project);
  decideOn(project.db, [idAt(project, 'rose/1.png')], { verdict: 'keep' });
  for (const i of [0, 1]) renameSync(join(root, `rose/${i}.png`), join(root, `tulip/moved${i}.png`));
  expect(await importNow(project)).toMatchObject({ ...nothing, renamed: 2, relabelled: 2 });
  expect(standingAt(project, 'tulip/moved0.png')).toBe('tulip');
  expect(standingAt(project, 'tulip/moved1.png')).toBe('rose relabel');
});

test('a changed file keeps its verdict and loses what was known of its pixels', async () => {
  const { root, project } = await newProject(2);
  await importNow(project);
  trainOn(project, 'rose/0.png');
  decideOn(project.db, [idAt(project, 'rose/0.png')], { verdict: 'exclude' });
  put(root, 'rose/0.png', await drawFlower('rose', 999));
  expect(await importNow(project)).toMatchObject({ ...nothing, changed: 1, opened: 1 });
  expect(rowAt(project, 'rose/0.png')).toMatchObject({ hash: null, width: null, height: null });
  expect(standingAt(project, 'rose/0.png')).toBe('rose exclude');
});

test(
  'a vanished file comes back with its verdict, under its own or another name',
  { tags: 'vanished-files' },
  async () => {
    const { root, project } = await newProject(3);
    await importNow(project);
    trainOn(project, 'rose/0.png', 'rose/1.png');
    const [own, other] = [idAt(project, 'rose/0.png'), idAt(project, 'rose/1.png')];
    decideOn(project.db, [own, other], { verdict: 'exclude' });
    const aside = temporaryFolder();
    for (const i of [0, 1]) renameSync(join(root, `rose/${i}.png`), join(aside, `${i}.png`));
    expect(await importNow(project)).toMatchObject({ ...nothing, images: 7, vanished: 2 });
    expect(await importNow(project)).toMatchObject({ ...nothing, images: 7 });
    renameSync(join(aside, '0.png'), join(root, 'rose/0.png'));
    renameSync(join(aside, '1.png'), join(root, 'rose/back.png'));
    expect(await importNow(project)).toMatchObject({ ...nothing, images: 9, added: 1, renamed: 1 });
    expect(idAt(project, 'rose/0.png')).toBe(own);
    expect(idAt(project, 'rose/back.png')).toBe(other);
    expect(standingAt(project, 'rose/back.png')).toBe('rose exclude');
  },
);

test('of two copies of a vanished file one takes its verdict, and the other is new', async () => {
  const { root, project } = await newProject(2);
  await importNow(project);
  trainOn(project, 'rose/0.png');
  decideOn(project.db, [idAt(project, 'rose/0.png')], { verdict: 'exclude' });
  copyFileSync(join(root, 'rose/0.png'), join(root, 'rose/a.png'));
  renameSync(join(root, 'rose/0.png'), join(root, 'rose/b.png'));
  expect(await importNow(project)).toMatchObject({ ...nothing, added: 1, renamed: 1 });
  expect(['a', 'b'].map((name) => standingAt(project, `rose/${name}.png`)).toSorted()).toEqual([
    'rose',
    'rose exclude',
  ]);
});

test('new files and new classes join, and make scores stale', async () => {
  const { root, project } = await newProject(1);
  await importNow(project);
  const version = labelsVersion(project.db);
  put(root, 'daisy/0.png', await drawFlower('tulip', 77));
  put(root, 'unlabelled.png', await drawFlower('tulip', 78));
  expect(await importNow(project)).toMatchObject({ ...nothing, images: 5, labelled: 4, added: 2, opened: 2 });
  expect(standingAt(project, 'daisy/0.png')).toBe('daisy');
  expect(standingAt(project, 'unlabelled.png')).toBe('');
  expect(labelsVersion(project.db)).toBe(version + 1);
});

test('labels are taken from a CSV, from a pattern and from the folders again, keeping what a person said', async () => {
  const { root, project } = await newProject(2, ['rose', 'tulip']);
  await importNow(project);
  const daisy = ensureClass(project.db, 'daisy').id;
  decideOn(project.db, [idAt(project, 'rose/1.png')], { verdict: 'relabel', label: [daisy] });
  const csv = `${root}.csv`;
  const lines = ['rose/0.png,tulip', 'rose/1.png,tulip', 'tulip/0.png,rose|tulip'];
  writeFileSync(csv, `path,label\n${lines.map((line) => `flowers/${line}\n`).join('')}`);

  expect(await importNow(project, { labels: csv })).toMatchObject({ relabelled: 4, labelled: 3, opened: 0 });
  const paths = ['rose/0.png', 'rose/1.png', 'tulip/0.png', 'tulip/1.png'];
  expect(paths.map((path) => standingAt(project, path))).toEqual([
    'tulip',
    'daisy relabel',
    'rose|tulip',
    '',
  ]);
  // The choice is remembered.
  expect(await importNow(project)).toMatchObject({ ...nothing, opened: 0 });

  await importNow(project, { pattern: '^(?<split>[^/]+)/(?<label>\\d)' });
  expect(paths.map((path) => standingAt(project, path))).toEqual(['0', 'daisy relabel', '0', '1']);
  expect(rowAt(project, 'tulip/1.png').split).toBe('tulip');

  await importNow(project, {});
  expect(paths.map((path) => standingAt(project, path))).toEqual(['rose', 'daisy relabel', 'tulip', 'tulip']);
});

test('a row of a CSV without a file, and a file that is no image, are listed with their reason', async () => {
  const { root } = await newProject(1);
  put(root, 'empty.png', '');
  put(
    root,
    'labels.csv',
    'path,label\nrose/0.png,rose\nnowhere.png,rose\ntulip/0.png,tulip\nempty.png,rose\n',
  );
  const project = opened(join(root, 'labels.csv'));
  expect(await importNow(project)).toMatchObject({ images: 2, problems: 2 });
  expect(rowAt(project, 'nowhere.png').reason).toBe('listed in labels.csv, line 3: there is no such file');
  expect(rowAt(project, 'empty.png').reason).toBe('empty file');
  expect(await importNow(project)).toMatchObject({ ...nothing, problems: 2, opened: 0 });
});

test('an image that cannot be used for a while keeps its label and verdict', async () => {
  const { root, project } = await newProject(2);
  await importNow(project);
  decideOn(project.db, [idAt(project, 'rose/0.png')], { verdict: 'keep' });
  const file = join(root, 'rose/0.png');
  renameSync(file, `${root}.aside`);
  mkdirSync(file);
  put(root, 'rose/0.png/1.txt', 'a folder in its place');
  await importNow(project);
  rmSync(file, { recursive: true });
  writeFileSync(file, 'no picture');
  expect(await importNow(project)).toMatchObject({ problems: 1 });
  expect(standingAt(project, 'rose/0.png')).toBe('rose keep');
  rmSync(file);
  renameSync(`${root}.aside`, file);
  await importNow(project);
  expect(standingAt(project, 'rose/0.png')).toBe('rose keep');
  expect(rowAt(project, 'rose/0.png').reason).toBeNull();
});

test(
  'a file that could not be read is tried again, one that is damaged is not',
  { tags: 'unreadable' },
  async () => {
    const { project } = await newProject(2);
    await importNow(project);
    const facts = { width: null, height: null };
    storeFacts(project.db, [
      { ...facts, id: idAt(project, 'rose/0.png'), hash: null, reason: 'cannot be read: EMFILE' },
      { ...facts, id: idAt(project, 'rose/1.png'), hash: Buffer.alloc(32), reason: 'damaged: bad' },
    ]);
    expect(await importNow(project)).toMatchObject({ problems: 1, changed: 1 });
    expect(rowAt(project, 'rose/0.png').reason).toBeNull();
    expect(rowAt(project, 'rose/1.png').reason).toBe('damaged: bad');
  },
);

test('an import that fails leaves the project as it was', async () => {
  const { root, project } = await newProject(2);
  await importNow(project);
  const before = [allImages(project.db), allStandings(project.db), labelsVersion(project.db)];
  const csv = join(temporaryFolder(), 'labels.csv');
  writeFileSync(csv, 'name,class\nrose/0.png,tulip\n');
  expect((await failureOf(() => importNow(project, { labels: csv }))).code).toBe('bad-labels');
  expect((await failureOf(() => importNow(project, { pattern: '(' }))).code).toBe('bad-labels');
  renameSync(root, `${root}.aside`);
  expect((await failureOf(() => importNow(project))).code).toBe('not-found');
  mkdirSync(root);
  expect((await failureOf(() => importNow(project))).code).toBe('empty');
  rmSync(root, { recursive: true });
  renameSync(`${root}.aside`, root);
  expect([allImages(project.db), allStandings(project.db), labelsVersion(project.db)]).toEqual(before);
  expect(await importNow(project)).toMatchObject({ ...nothing, opened: 0 });
});

test('a full disk during an import is said, and nothing of it is stored', async () => {
  const { root, project } = await newProject(1);
  await importNow(project);
  for (let i = 0; i < 400; i++)
    put(root, `rose/${'long name '.repeat(15)}${i}.png`, await drawFlower('rose', i));
  const pages = Number(project.db.pragma('page_count', { simple: true }));
  project.db.pragma(`max_page_count = ${pages}`);
  const { code, message } = await failureOf(() => importNow(project));
  expect(code).toBe('disk-full');
  expect(message).toContain('labels.db');
  expect(allImages(project.db)).toHaveLength(3);
});

test('a cancelled import stores nothing', { tags: 'killed-import' }, async () => {
  const { project } = await newProject(2);
  const controller = new AbortController();
  const cancelling = importDataset(
    project,
    { who: 'someone' },
    {
      ...unfollowed(controller.signal),
      progress: () => controller.abort(new Failure('cancelled', 'Cancelled.')),
    },
  );
  expect((await failureOf(() => cancelling)).code).toBe('cancelled');
  expect(allImages(project.db)).toEqual([]);
});

function hashOf(file: string): Buffer {
  return createHash('sha256').update(readFileSync(file)).digest();
}
