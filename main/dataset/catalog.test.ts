import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { oddNames } from '../testing/names.ts';
import type { Columns } from '../formats/csv.ts';
import type { Format } from '../images/kind.ts';
import { type KnownFile, type Source, readSource } from './source.ts';
import { unfollowed, type Work } from '../work/work.ts';

let jpeg: Buffer;
let root: string;

beforeAll(async () => {
  jpeg = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'teal' } })
    .jpeg()
    .toBuffer();
});
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'toploss-catalog-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(relative: string, content: Buffer | string = jpeg): void {
  const file = path.join(root, relative);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** "path: label label (split)" for every image. */
function labels(source: Source): string[] {
  return source.files.map(
    ({ path: file, label, split }) => `${file}: ${label.join(' ')}${split === null ? '' : ` (${split})`}`,
  );
}

function reasons(source: Source): Record<string, string> {
  return Object.fromEntries(source.problems.map(({ path: file, reason }) => [file, reason]));
}

async function failure(read: Promise<unknown>): Promise<Failure> {
  const error: unknown = await read.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error('expected a failure', { cause: error });
  return error;
}

async function patternMistake(pattern: string): Promise<Failure> {
  return failure(readSource({ dataset: root, pattern }));
}

async function readCsv(csv: string | Buffer, columns: Columns = {}): Promise<Source> {
  put('labels.csv', csv);
  return readSource({ dataset: path.join(root, 'labels.csv'), columns });
}

async function csvMistake(csv: string | Buffer, columns: Columns = {}): Promise<string> {
  const { code, message } = await failure(readCsv(csv, columns));
  expect(code).toBe('bad-labels');
  return message;
}

describe('files', () => {
  test('are listed by path in plain order, whatever their names', { tags: 'odd-names' }, async () => {
    for (const name of oddNames) put(`rose/${name}`);
    const source = await readSource({ dataset: root });
    expect(source.files.map((file) => file.path)).toEqual(oddNames.map((name) => `rose/${name}`).toSorted());
    expect(source.problems).toEqual([]);
  });

  test(
    'with a name that is not UTF-8 are listed with escapes, and so are folders',
    { tags: 'odd-names' },
    async () => {
      put('rose/1.jpg');
      writeFileSync(
        Buffer.concat([Buffer.from(`${root}/rose/`), Buffer.from([0x66, 0xff, 0x2e, 0x6a])]),
        jpeg,
      );
      mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xe9])]));
      expect(reasons(await readSource({ dataset: root }))).toEqual({
        'rose/f\\xff.j': 'name is not valid UTF-8',
        '\\xe9': 'name is not valid UTF-8',
      });
    },
  );

  test(
    'behind symbolic links, pipes and sockets are listed and never opened',
    { tags: 'links-and-pipes' },
    async () => {
      const outside = mkdtempSync(path.join(tmpdir(), 'toploss-outside-'));
      let server: Server | undefined;
      try {
        writeFileSync(path.join(outside, 'secret.jpg'), jpeg);
        put('rose/1.jpg');
        symlinkSync(outside, path.join(root, 'out'));
        symlinkSync(path.join(outside, 'secret.jpg'), path.join(root, 'rose/secret.jpg'));
        symlinkSync('..', path.join(root, 'rose/loop'));
        symlinkSync('nowhere', path.join(root, 'rose/dangling.jpg'));
        execFileSync('mkfifo', [path.join(root, 'rose/pipe.jpg')]);
        server = createServer().listen(path.join(root, 'rose/socket.jpg'));
        await new Promise((resolve) => server?.once('listening', resolve));
        const source = await readSource({ dataset: root }, { work: unfollowed(AbortSignal.timeout(1_000)) });
        expect(labels(source)).toEqual(['rose/1.jpg: rose']);
        expect(reasons(source)).toEqual({
          out: 'symbolic link, not followed',
          'rose/dangling.jpg': 'symbolic link, not followed',
          'rose/loop': 'symbolic link, not followed',
          'rose/pipe.jpg': 'not a regular file: a pipe',
          'rose/secret.jpg': 'symbolic link, not followed',
          'rose/socket.jpg': 'not a regular file: a socket',
        });
      } finally {
        server?.close();
        rmSync(outside, { recursive: true });
      }
    },
  );

  test('that are hidden are listed, and hidden folders are not looked into', async () => {
    for (const name of ['rose/1.jpg', '.git/a.jpg', 'rose/.DS_Store', 'rose/Thumbs.db', 'rose/@eaDir/1.jpg'])
      put(name);
    put('rose.toploss/cache/1.jpg');
    const source = await readSource({ dataset: root });
    expect(labels(source)).toEqual(['rose/1.jpg: rose']);
    expect(reasons(source)).toEqual({
      '.git': 'hidden folder, not part of the data set',
      'rose.toploss': 'project folder of Toploss, not part of the data set',
      'rose/.DS_Store': 'hidden file, not part of the data set',
      'rose/@eaDir': 'hidden folder, not part of the data set',
      'rose/Thumbs.db': 'hidden file, not part of the data set',
    });
  });

  test(
    'are found by the hundred thousand, twenty thousand in one folder, and two hundred folders deep',
    { tags: 'deep-folders', timeout: 120_000 },
    async () => {
      put(`${'d/'.repeat(200)}1.jpg`);
      for (const folder of ['a', 'b', 'c', 'd', 'e'].map((name) => `many/${name}`)) {
        put(`${folder}/0.jpg`);
        const first = path.join(root, folder, '0.jpg');
        for (let index = 1; index < 20_000; index += 1)
          linkSync(first, path.join(root, folder, `${index}.jpg`));
      }
      const before = process.memoryUsage.rss();
      const { files, problems } = await readSource({ dataset: root });
      expect(problems).toEqual([]);
      expect(files).toHaveLength(100_001);
      // Two and a half kilobytes for each.
      expect(process.memoryUsage.rss() - before).toBeLessThan(250e6);
    },
  );

  test('that may not be read are listed, and so are folders', { tags: 'unreadable' }, async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'the user is not root, and cannot take rights away');
    put('rose/1.jpg');
    put('rose/2.jpg');
    put('tulip/1.jpg');
    execFileSync('chmod', ['000', path.join(root, 'rose/2.jpg'), path.join(root, 'tulip')]);
    execFileSync('chmod', ['755', root]);
    const script = `
      process.setuid(65534);
      const { readSource } = await import(${JSON.stringify(new URL('source.ts', import.meta.url).href)});
      const { files, problems } = await readSource({ dataset: ${JSON.stringify(root)} });
      console.log(JSON.stringify([files.map((file) => file.path), problems]));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toEqual([
      ['rose/1.jpg'],
      [
        { path: 'rose/2.jpg', reason: 'cannot be read: permission denied', stat: null },
        { path: 'tulip', reason: 'folder cannot be read: permission denied', stat: null },
      ],
    ]);
  });
});

describe('formats', () => {
  test('are told by content, not by name', { tags: 'type-by-content' }, async () => {
    const image = sharp(jpeg);
    const ranked: Format[] = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'];
    for (const format of ranked) put(`a/${format}.txt`, await image.clone().toFormat(format).toBuffer());
    const found = await readSource({ dataset: root });
    expect(found.files.map((file) => [file.path, file.format])).toEqual(
      ranked.map((format) => [`a/${format}.txt`, format]).toSorted(),
    );
  });

  test('are told although what identifies them lies beyond the first bytes', async () => {
    const noise = sharp(Buffer.from(Array.from({ length: 30_000 }, (_, index) => (index * 7919) % 251)), {
      raw: { width: 100, height: 100, channels: 3 },
    });
    put('a/big.tiff', await noise.clone().tiff({ compression: 'none' }).toBuffer());
    const metadata = { exif: { IFD0: { Copyright: 'x'.repeat(20_000) } } };
    put('a/big.png', await noise.clone().withExif(metadata.exif).png().toBuffer());
    const source = await readSource({ dataset: root });
    expect(source.files.map((file) => file.format)).toEqual(['png', 'tiff']);
  });

  test('that are not ranked are named', { tags: ['type-by-content', 'svg'] }, async () => {
    put('a/1.jpg');
    put('a/2.jpg', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0');
    put('a/3.jpg', '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>');
    put('a/4.jpg', '\n<!-- drawn by hand --><svg viewBox="0 0 1 1"/>');
    put('a/5.jpg', 'P6\n1 1\n255\nabc');
    put('a/6.jpg', '\0\0\0\x18ftypheic\0\0\0\0mif1heic');
    put('a/7.jpg', '');
    put('a/8.jpg', 'hello');
    put('a/9.jpg', '%PDF-1.7');
    expect(reasons(await readSource({ dataset: root }))).toEqual({
      'a/2.jpg': 'format not supported: BMP',
      'a/3.jpg': 'format not supported: SVG',
      'a/4.jpg': 'format not supported: SVG',
      'a/5.jpg': 'format not supported: PPM',
      'a/6.jpg': 'format not supported: HEIC',
      'a/7.jpg': 'empty file',
      'a/8.jpg': 'not an image',
      'a/9.jpg': 'not an image',
    });
  });
});

const corpus = fileURLToPath(new URL('../../../shared/data/bad-images', import.meta.url));
test.skipIf(!existsSync(corpus))(
  'every file of the bad images is an image or has a reason (needs ../shared/data)',
  async () => {
    const { files, problems } = await readSource({ dataset: corpus });
    const all = readdirSync(corpus, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect([...files, ...problems].map((item) => item.path).toSorted()).toEqual(
      all.map((entry) => path.relative(corpus, path.join(entry.parentPath, entry.name))).toSorted(),
    );
  },
);

describe('an unchanged file', () => {
  test('is not opened again, whether it is an image or not', async () => {
    put('a/1.jpg');
    put('a/2.jpg', 'not an image at all');
    const paths = ['a/1.jpg', 'a/2.jpg'].map((name) => path.join(root, name));
    const restoreTime = () => paths.forEach((file) => utimesSync(file, 1_700_000_000, 1_700_000_000));
    restoreTime();
    const first = await readSource({ dataset: root });
    expect(first.opened).toBe(2);
    const known = new Map<string, KnownFile>();
    for (const file of first.files) known.set(file.path, { ...file, reason: null });
    for (const { path: file, reason, stat } of first.problems)
      if (stat !== null) known.set(file, { ...stat, format: null, reason });
    // Other content of the same length behind the same times shows whether anyone looks.
    for (const file of paths) writeFileSync(file, Buffer.alloc(statSync(file).size, 'x'));
    restoreTime();
    const second = await readSource({ dataset: root }, { known: (file) => known.get(file) });
    expect(second).toEqual({ ...first, opened: 0 });
  });

  test('is opened when its size, its time or its inode differs', async () => {
    put('a/1.jpg');
    const [file] = (await readSource({ dataset: root })).files;
    if (file === undefined) throw new Error('nothing found');
    for (const change of [{ size: 1 }, { mtimeMs: 1 }, { ino: 1 }, {}]) {
      const known = () => ({ ...file, reason: null, ...change });
      const { opened } = await readSource({ dataset: root }, { known });
      expect(opened).toBe(Object.keys(change).length);
    }
  });
});

describe('labels by folder', () => {
  test('are the name of the folder that the image lies in', async () => {
    for (const name of ['rose/1.jpg', 'garden/tulip/1.jpg', 'top.jpg']) put(name);
    expect(labels(await readSource({ dataset: root }))).toEqual([
      'garden/tulip/1.jpg: tulip',
      'rose/1.jpg: rose',
      'top.jpg: ',
    ]);
  });

  test('come with a split where the top folders are splits', async () => {
    for (const name of [
      'Train/rose/1.jpg',
      'Train/2.jpg',
      'valid/rose/3.jpg',
      'test/4.jpg',
      'extra/rose/5.jpg',
    ])
      put(name);
    // `test` has no folders of its own and `extra` is no split: so `test` is a class.
    expect(labels(await readSource({ dataset: root }))).toEqual([
      'Train/2.jpg:  (Train)',
      'Train/rose/1.jpg: rose (Train)',
      'extra/rose/5.jpg: rose',
      'test/4.jpg: test',
      'valid/rose/3.jpg: rose (valid)',
    ]);
    rmSync(path.join(root, 'extra'), { recursive: true });
    expect(labels(await readSource({ dataset: root }))).toContain('test/4.jpg:  (test)');
  });

  test('leave a class named train alone', async () => {
    for (const name of ['train/1.jpg', 'boat/2.jpg']) put(name);
    expect(labels(await readSource({ dataset: root }))).toEqual(['boat/2.jpg: boat', 'train/1.jpg: train']);
  });
});

describe('labels by pattern', () => {
  test('come from the named groups', async () => {
    for (const name of ['x/rose_1.jpg', 'x/tulip-2_3.jpg', 'x/7.jpg']) put(name);
    const source = await readSource({
      dataset: root,
      pattern: String.raw`(?<split>\w+)/(?<label>[^/]+)_\d+\.jpg$`,
    });
    expect(labels(source)).toEqual(['x/7.jpg: ', 'x/rose_1.jpg: rose (x)', 'x/tulip-2_3.jpg: tulip-2 (x)']);
    expect(source.labelled).toBe(2);
  });

  test('say what is wrong with the pattern', async () => {
    put('rose/1.jpg');
    expect(await patternMistake('(?<label>')).toMatchObject({ code: 'bad-labels' });
    expect((await patternMistake('(?P<label>.*)')).message).toContain('without the P');
    expect((await patternMistake('(.*)/')).message).toContain('no group named "label"');
    expect((await patternMistake('(?<label>tulip)')).message).toContain(
      'no label in any of the 1 paths, the first of which is "rose/1.jpg"',
    );
  });

  test('stop a pattern that backtracks without end', async () => {
    put(`${'a'.repeat(60)}.jpg`);
    const error = await failure(readSource({ dataset: root, pattern: '^(?<label>(a+)+)$' }));
    expect(error.message).toContain('takes too long');
  });
});

describe('a CSV as data set', () => {
  test('is exactly its rows', async () => {
    for (const name of ['rose/1.jpg', 'a,"b"\nc.jpg', 'other.jpg']) put(name);
    const source = await readCsv(
      '\ufeffpath,label,split,note\r\n./rose/1.jpg,rose|red,train,x\r\n"a,""b""\nc.jpg",,,\r\n',
    );
    expect(labels(source)).toEqual(['a,"b"\nc.jpg: ', 'rose/1.jpg: rose red (train)']);
    expect(source).toMatchObject({ root, multiLabel: true, labelled: 1, problems: [] });
  });

  test('may name its columns otherwise', async () => {
    put('1.jpg');
    const source = await readCsv('file,kind,fold\n1.jpg,rose,a\n', {
      path: 'file',
      label: 'kind',
      split: 'fold',
    });
    expect(labels(source)).toEqual(['1.jpg: rose (a)']);
  });

  test('lists rows without a file, rows that lead out of its folder and files that are no images', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'toploss-outside-'));
    try {
      writeFileSync(path.join(outside, 'secret.jpg'), jpeg);
      symlinkSync(outside, path.join(root, 'out'));
      put('1.jpg');
      put('2.txt', 'text');
      mkdirSync(path.join(root, 'rose'));
      const source = await readCsv(
        'path,label\n1.jpg,a\n2.txt,a\n3.jpg,a\n../4.jpg,a\n/etc/passwd,a\nout/secret.jpg,a\nrose,a\nno/5.jpg,a\n',
      );
      expect(labels(source)).toEqual(['1.jpg: a']);
      expect(reasons(source)).toEqual({
        '2.txt': 'not an image',
        '3.jpg': 'listed in labels.csv, line 4: there is no such file',
        '../4.jpg': "listed in labels.csv, line 5: it is not in the data set's folder",
        '/etc/passwd': "listed in labels.csv, line 6: it is not in the data set's folder",
        'out/secret.jpg':
          'listed in labels.csv, line 7: its folder is a symbolic link that leads out of the data set',
        rose: 'listed in labels.csv, line 8: a folder, not a file',
        'no/5.jpg': 'listed in labels.csv, line 9: there is no such file',
      });
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  test('names file, line and cause where it cannot be understood', async () => {
    expect(await csvMistake('file,label\n1.jpg,a\n')).toMatch(
      /labels\.csv has no column "path".*file, label/,
    );
    expect(await csvMistake('path,label\n1.jpg,a\n', { label: 'kind' })).toMatch(
      /no column "kind".*path, label/,
    );
    expect(await csvMistake('path,label\n1.jpg,"a\n2.jpg,b\n')).toMatch(
      /labels\.csv, line 2: a quote is opened/,
    );
    expect(await csvMistake('path,label\n1.jpg,a\n2.jpg,"a"b\n')).toMatch(
      /labels\.csv, line 3: a quote is out of place/,
    );
    expect(await csvMistake('path,label\n1.jpg,a\n2.jpg\n')).toMatch(/labels\.csv, line 3: .*fields/);
    expect(await csvMistake('path,label\n"1\n.jpg",a\n2.jpg,a\n./2.jpg,b\n')).toMatch(
      /twice, on lines 4 and 5/,
    );
    expect(await csvMistake('path,label\n,a\n')).toMatch(/labels\.csv, line 2: the path is empty/);
    expect(await csvMistake('')).toMatch(/labels\.csv is empty/);
    expect(await csvMistake(Buffer.from('path,label\n1.jpg,r\xf4se\n', 'latin1'))).toMatch(
      /labels\.csv is not UTF-8/,
    );
  });
});

describe('a CSV of labels for a folder', () => {
  test('labels the images that it lists; the others have none', async () => {
    for (const name of ['images/a/1.jpg', 'images/b/2.jpg']) put(name);
    put('labels.csv', 'path,label\nimages/a/1.jpg,rose\nimages/c/3.jpg,tulip\n');
    const source = await readSource({
      dataset: path.join(root, 'images'),
      labels: path.join(root, 'labels.csv'),
    });
    expect(labels(source)).toEqual(['a/1.jpg: rose', 'b/2.jpg: ']);
    expect(reasons(source)).toEqual({ 'c/3.jpg': 'listed in labels.csv, line 3: no such file was found' });
  });

  test('may lie among them without being one of them', async () => {
    put('1.jpg');
    put('labels.csv', 'path,label\n1.jpg,rose\n');
    const source = await readSource({ dataset: root, labels: path.join(root, 'labels.csv') });
    expect(source).toMatchObject({ labelled: 1, problems: [] });
  });

  test('that lists none of them is refused', async () => {
    put('images/1.jpg');
    put('labels.csv', 'path,label\n1.jpg,rose\n');
    const error = await failure(
      readSource({ dataset: path.join(root, 'images'), labels: path.join(root, 'labels.csv') }),
    );
    expect(error.message).toContain("relative to the CSV's own folder");
  });
});

describe('a data set', () => {
  test('that is missing, no folder, empty or without images is refused', async () => {
    put('empty/notes.txt', 'text');
    mkdirSync(path.join(root, 'bare'));
    const read = (dataset: string) => failure(readSource({ dataset: path.join(root, dataset) }));
    expect(await read('none')).toMatchObject({ code: 'not-found' });
    expect(await read('empty/notes.txt')).toMatchObject({ code: 'not-found' });
    expect(await read('bare')).toMatchObject({ code: 'empty' });
    expect((await read('empty')).message).toContain('notes.txt: not an image');
    expect(await failure(readSource({ dataset: root, labels: path.join(root, 'none.csv') }))).toMatchObject({
      code: 'not-found',
    });
  });

  test('takes its labels from one place', async () => {
    put('labels.csv', 'path,label\n');
    const labelFile = path.join(root, 'labels.csv');
    for (const request of [
      { dataset: root, labels: labelFile, pattern: '(?<label>.)' },
      { dataset: labelFile, pattern: '(?<label>.)' },
      { dataset: labelFile, labels: labelFile },
    ])
      expect(await failure(readSource(request))).toMatchObject({ code: 'bad-request' });
  });

  test('can be cancelled while it is read, and tells how far it is', async () => {
    for (let index = 0; index < 100; index += 1) put(`a/${index}.jpg`);
    const controller = new AbortController();
    const seen: (readonly [number, number | null])[] = [];
    const progress: Work['progress'] = (_, done, total) => {
      seen.push([done, total]);
      if (done === 50 && total !== null) controller.abort();
    };
    await expect(
      readSource({ dataset: root }, { work: { ...unfollowed(controller.signal), progress } }),
    ).rejects.toThrow(/abort/i);
    expect(seen).toContainEqual([100, null]);
    expect(seen).toContainEqual([1, 100]);
    expect(seen.length).toBeLessThan(80);
  });
});
