import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { readSource } from '../dataset/source.ts';
import { oddNames } from '../testing/names.ts';
import { exportTo } from './export.ts';
import type { ExportRow, ExportSource } from './row.ts';
import { unfollowed, type Work } from '../work/work.ts';

// The real functions, one of which a test can let fail once.
vi.mock(import('node:fs/promises'), { spy: true });

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'toploss-export-'));
  root = path.join(folder, 'pets');
  mkdirSync(root);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** An image that starts like a JPEG and holds its own path, so that every file has other bytes. */
function row(relative: string, change: Partial<ExportRow> = {}): ExportRow {
  const file = path.join(root, relative);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(relative)]));
  const label = path.dirname(relative) === '.' ? [] : [path.basename(path.dirname(relative))];
  return { path: relative, file, label, originalLabel: label, split: null, verdict: null, ...change };
}

function source(rows: readonly ExportRow[]): ExportSource {
  return { dataset: root, root, rows, model: null };
}

function out(name: string): string {
  return path.join(folder, name);
}

const pathsIn = async (dataset: string) => (await readSource({ dataset })).files.map((file) => file.path);

/** Hash of every file below, by its relative path. */
function hashes(top: string): Record<string, string> {
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [
        path.relative(top, file),
        createHash('sha256').update(readFileSync(file)).digest('hex'),
      ])
      .toSorted(),
  );
}

async function failure(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error('expected a failure', { cause: error });
  return error;
}

test('odd names of files come through every format as they are', { tags: 'odd-names' }, async () => {
  const rows = oddNames.map((name) => row(`rose/${name}`, { originalLabel: ['tulip'], verdict: 'relabel' }));
  const paths = rows.map((odd) => odd.path).toSorted();

  await exportTo({ format: 'csv', to: out('clean.csv') }, source(rows));
  expect(await pathsIn(out('clean.csv'))).toEqual(paths.map((name) => `pets/${name}`));
  await exportTo({ format: 'changes', to: out('changes.csv') }, source(rows));
  const changes = parse(readFileSync(out('changes.csv'))) as string[][];
  expect(
    changes
      .slice(1)
      .map(([name]) => name)
      .toSorted(),
  ).toEqual(paths);
  const report = await exportTo({ format: 'folder', to: out('clean') }, source(rows));
  expect(Object.values(hashes(out('clean'))).toSorted()).toEqual(Object.values(hashes(root)).toSorted());
  // Twins by case or Unicode form are numbered, as the file system of the next reader may not tell them apart.
  const kept = (await pathsIn(out('clean'))).filter((name) => paths.includes(name));
  expect(kept).toHaveLength(rows.length - 2);
  expect(report).toMatchObject({ written: rows.length, excluded: 0 });
});

describe('the cleaned CSV', () => {
  test('opens as a data set with the same images and labels, whatever their names', async () => {
    const rows = [
      row('a,"b"\n.jpg', { label: ['rose, red', 'a "flower"'] }),
      row('rose/ 1 .jpg', { split: 'train' }),
      row('rose/2.jpg', { label: [], verdict: 'unsure' }),
      row('rose/3.jpg', { verdict: 'exclude' }),
      row('🌹/\u202E4.jpg', { label: ['line\r\nbreak'], verdict: 'relabel' }),
    ];
    const to = out('clean.csv');
    expect(await exportTo({ format: 'csv', to }, source(rows))).toEqual({
      to,
      format: 'csv',
      written: 4,
      excluded: 1,
      notes: [],
    });
    const { files, problems } = await readSource({ dataset: to });
    expect(problems).toEqual([]);
    expect(files.map((file) => [file.path, file.label, file.split])).toEqual(
      rows
        .filter((kept) => kept.verdict !== 'exclude')
        .map((kept) => [`pets/${kept.path}`, kept.label, kept.split]),
    );
  });

  test('says when its paths are relative to the data set because it lies elsewhere', async () => {
    mkdirSync(out('elsewhere'));
    const report = await exportTo(
      { format: 'csv', to: out('elsewhere/clean.csv') },
      source([row('rose/1.jpg')]),
    );
    expect(readFileSync(report.to, 'utf8')).toBe('path,label\nrose/1.jpg,rose\n');
    expect(report.notes).toEqual([expect.stringContaining(root)]);
  });

  test('may lie beside the CSV that is the data set', async () => {
    const rows = [row('rose/1.jpg')];
    const to = path.join(root, 'clean.csv');
    await exportTo({ format: 'csv', to }, { ...source(rows), dataset: path.join(root, 'labels.csv') });
    expect(readFileSync(to, 'utf8')).toBe('path,label\nrose/1.jpg,rose\n');
  });

  test('is refused where a class name holds the separator of labels', async () => {
    const error = await failure(
      exportTo({ format: 'csv', to: out('clean.csv') }, source([row('a|b/1.jpg')])),
    );
    expect(error).toMatchObject({ code: 'bad-request' });
    expect(readdirSync(folder)).toEqual(['pets']);
  });
});

describe('the changes', () => {
  test('are the images with another label and the excluded ones', async () => {
    const rows = [
      row('rose/1.jpg'),
      row('rose/2.jpg', { label: ['tulip'], verdict: 'relabel' }),
      row('rose/3.jpg', { verdict: 'keep' }),
      row('rose/4.jpg', { verdict: 'exclude' }),
      row('rose/5.jpg', { label: ['rose', 'tulip'], verdict: 'unsure' }),
    ];
    const report = await exportTo({ format: 'changes', to: out('changes.csv') }, source(rows));
    expect(report.written).toBe(3);
    expect(readFileSync(report.to, 'utf8')).toBe(
      'path,from,to,verdict\nrose/2.jpg,rose,tulip,relabel\nrose/4.jpg,rose,,exclude\nrose/5.jpg,rose,rose|tulip,unsure\n',
    );
  });
});

describe('the cleaned folder', () => {
  test(
    'opens as a data set with the same labels and splits, and the originals are as they were',
    { tags: 'originals' },
    async () => {
      const rows = [
        row('train/rose/1.jpg', { split: 'train' }),
        row('train/rose/2.jpg', { split: 'train', label: ['tulip'] }),
        row('valid/rose/3.jpg', { split: 'valid', verdict: 'exclude' }),
        row('valid/rose/4.jpg', { split: 'valid', label: [] }),
        row('5.jpg'),
      ];
      const before = hashes(root);
      const report = await exportTo({ format: 'folder', to: out('clean') }, source(rows));
      expect(report).toMatchObject({ written: 4, excluded: 1, notes: [] });
      expect(hashes(report.to)).toEqual({
        '5.jpg': before['5.jpg'],
        'train/rose/1.jpg': before['train/rose/1.jpg'],
        'train/tulip/2.jpg': before['train/rose/2.jpg'],
        'valid/4.jpg': before['valid/rose/4.jpg'],
      });
      expect(hashes(root)).toEqual(before);
      expect(statSync(path.join(report.to, '5.jpg')).ino).not.toBe(statSync(path.join(root, '5.jpg')).ino);
      const { files } = await readSource({ dataset: report.to });
      expect(files.map((file) => [file.path, file.label, file.split])).toEqual([
        ['5.jpg', [], null],
        ['train/rose/1.jpg', ['rose'], 'train'],
        ['train/tulip/2.jpg', ['tulip'], 'train'],
        ['valid/4.jpg', [], 'valid'],
      ]);
    },
  );

  test('can be hard links', async () => {
    const rows = [row('rose/1.jpg', { label: ['tulip'] })];
    const { to } = await exportTo({ format: 'folder', to: out('clean'), link: true }, source(rows));
    expect(statSync(path.join(to, 'tulip/1.jpg')).ino).toBe(statSync(path.join(root, 'rose/1.jpg')).ino);
  });

  test.skipIf(!existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(tmpdir()).dev)(
    'cannot be hard links on another file system',
    async () => {
      const to = path.join('/dev/shm', path.basename(folder));
      const error = await failure(
        exportTo({ format: 'folder', to, link: true }, source([row('rose/1.jpg')])),
      );
      expect(error.message).toContain('same file system');
      expect(existsSync(to)).toBe(false);
    },
  );

  test(
    'numbers files of the same name, also where only case or Unicode form differs',
    { tags: 'export-twins' },
    async () => {
      const long = 'x'.repeat(251);
      const rows = [
        'a/12.jpg',
        'b/12.jpg',
        'c/12.JPG',
        'c/12-2.jpg',
        'a/\u00e9',
        'b/e\u0301',
        `a/${long}.jpg`,
        `b/${long}.jpg`,
      ];
      const report = await exportTo(
        { format: 'folder', to: out('clean') },
        source(rows.map((name) => row(name, { label: ['all'] }))),
      );
      expect(readdirSync(path.join(report.to, 'all')).toSorted()).toEqual(
        [
          '12.jpg',
          '12-2.jpg',
          '12-3.JPG',
          '12-2-2.jpg',
          '\u00e9',
          'e\u0301-2',
          `${long}.jpg`,
          `${long.slice(2)}-2.jpg`,
        ].toSorted(),
      );
      expect(report.notes).toEqual([expect.stringMatching(/^5 images are numbered/)]);
    },
  );

  test('gives class names that no folder can have another name, and says so', async () => {
    const classes = [
      '..',
      'a/b',
      'a\\b',
      'CON',
      'nul.txt',
      'dots...',
      'nil\0',
      'Rose',
      'rose',
      '.hidden',
      'ok',
    ];
    const rows = classes.map((name, index) => row(`${index}.jpg`, { label: [name] }));
    const report = await exportTo({ format: 'folder', to: out('clean') }, source(rows));
    expect(readdirSync(report.to).toSorted()).toEqual(
      [
        '__',
        'Rose',
        '_CON',
        '_hidden',
        '_nul.txt',
        'a_b',
        'a_b-2',
        'dots_',
        'nil_',
        'ok',
        'rose-2',
      ].toSorted(),
    );
    expect(report.notes).toHaveLength(9);
    expect(report.notes).toContainEqual(expect.stringContaining('The folder for "a/b" is called "a_b"'));
  });

  test('does not mix a class up with an unlabelled image of its name', async () => {
    const rows = [row('rose', { label: [] }), row('x/1.jpg', { label: ['rose'] })];
    const { to } = await exportTo({ format: 'folder', to: out('clean') }, source(rows));
    expect(Object.keys(hashes(to))).toEqual(['rose-2', 'rose/1.jpg']);
  });

  test('is refused for images with several labels', async () => {
    const error = await failure(
      exportTo({ format: 'folder', to: out('clean') }, source([row('1.jpg', { label: ['a', 'b'] })])),
    );
    expect(error.message).toContain('Export a CSV');
  });

  test('that misses an original is not written', { tags: 'export-missing' }, async () => {
    const rows = [row('rose/1.jpg'), row('rose/2.jpg')];
    rmSync(path.join(root, 'rose/2.jpg'));
    const error = await failure(exportTo({ format: 'folder', to: out('clean') }, source(rows)));
    expect(error.message).toContain('rose/2.jpg: there is no such file');
    expect(readdirSync(folder)).toEqual(['pets']);
  });
});

describe('a model', () => {
  const files = { 'model.json': '{}', 'group1-shard1of1.bin': 'weights', 'network.json': '{"classes":[]}' };

  test('is the folder that the training wrote, whole', async () => {
    const model = out('fine-tuned');
    mkdirSync(model);
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(model, name), content);
    const report = await exportTo({ format: 'model', to: out('network') }, { ...source([]), model });
    expect(report).toMatchObject({ to: out('network'), written: 3, excluded: 0 });
    expect(hashes(out('network'))).toEqual(hashes(model));
  });

  test('that was never trained, or is gone from the cache, is said to be missing', async () => {
    expect(await failure(exportTo({ format: 'model', to: out('network') }, source([])))).toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining('Train one first'),
    });
    const gone = { ...source([]), model: out('gone') };
    expect(await failure(exportTo({ format: 'model', to: out('network') }, gone))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('train again'),
    });
    expect(readdirSync(folder)).toEqual(['pets']);
  });
});

describe('the target', () => {
  test('must not exist, also as a dangling link', { tags: 'export-exists' }, async () => {
    writeFileSync(out('file'), 'mine');
    mkdirSync(out('folder'));
    symlinkSync('nowhere', out('link'));
    for (const name of ['file', 'folder', 'link'])
      for (const format of ['csv', 'folder', 'changes'] as const)
        expect(await failure(exportTo({ format, to: out(name) }, source([row('rose/1.jpg')])))).toMatchObject(
          {
            code: 'bad-request',
          },
        );
    expect(readFileSync(out('file'), 'utf8')).toBe('mine');
  });

  test('must not lie inside the data set, also not through a link', { tags: 'export-inside' }, async () => {
    const rows = [row('rose/1.jpg')];
    symlinkSync(root, out('way-in'));
    for (const to of [
      path.join(root, 'clean.csv'),
      path.join(root, 'rose/clean.csv'),
      out('way-in/clean.csv'),
    ])
      expect((await failure(exportTo({ format: 'csv', to }, source(rows)))).message).toContain(
        'inside the data set',
      );
    await exportTo({ format: 'csv', to: `${root}-clean.csv` }, source(rows));
  });

  test('needs a folder that is there', async () => {
    const error = await failure(
      exportTo({ format: 'csv', to: out('none/clean.csv') }, source([row('1.jpg')])),
    );
    expect(error).toMatchObject({ code: 'not-found' });
  });

  test(
    'on a disk that fills up is not there, nor is anything else',
    { tags: 'export-full-disk' },
    async () => {
      const rows = ['1', '2', '3', '4', '5', '6'].map((name) => row(`rose/${name}.jpg`));
      const copy = vi.mocked(copyFile).getMockImplementation();
      vi.mocked(copyFile).mockImplementation(async (from, to, mode) => {
        // In the middle of one file, after others were copied whole.
        if (!`${to}`.endsWith('5.jpg')) return copy?.(from, to, mode);
        writeFileSync(to as string, 'half of i');
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      });
      onTestFinished(() => void vi.mocked(copyFile).mockReset());
      const error = await failure(exportTo({ format: 'folder', to: out('clean') }, source(rows)));
      expect(error).toMatchObject({ code: 'disk-full' });
      expect(readdirSync(folder)).toEqual(['pets']);
    },
  );

  test('is not there after a cancelled export, nor is anything else', { tags: 'killed-import' }, async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => row(`rose/${index}.jpg`));
    for (const format of ['csv', 'folder'] as const) {
      const controller = new AbortController();
      const seen: number[] = [];
      const progress: Work['progress'] = (_, done, total) => {
        seen.push(done);
        expect(total).toBe(3_000);
        controller.abort();
      };
      const options = { ...unfollowed(controller.signal), progress };
      await expect(exportTo({ format, to: out('clean') }, source(rows), options)).rejects.toThrow(/abort/i);
      expect(seen[0]).toBeGreaterThan(0);
      expect(readdirSync(folder)).toEqual(['pets']);
    }
  });
});
