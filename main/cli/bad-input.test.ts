// Everything that a person may get wrong: one sentence that says what, where and what to do, and nothing is lost.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { encodeModel } from '../math/graph.ts';
import { openProject } from '../project/open.ts';
import { allImages } from '../store/images.ts';
import { allStandings, eventLog } from '../labels/labels.ts';
import { writeTinyBackbone } from '../testing/backbone.ts';
import { startToploss, toploss, type Outcome } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, put } from '../testing/images.ts';
import { importNow } from '../testing/project.ts';
import { decideOn } from '../testing/store.ts';

interface Place {
  readonly folder: string;
  /** A data set with a verdict. */
  readonly root: string;
  /** Its project. */
  readonly project: string;
  readonly backbone: string;
}

async function labelled(): Promise<Place> {
  const folder = temporaryFolder();
  const root = join(folder, 'flowers');
  await drawFlowers(root, 3);
  const project = openProject(root);
  await importNow(project);
  decideOn(
    project.db,
    allImages(project.db)
      .slice(0, 1)
      .map(({ id }) => id),
    { verdict: 'keep' },
  );
  project.close();
  return { folder, root, project: `${root}.toploss`, backbone: writeTinyBackbone(folder).path };
}

/** All that people have said, as the store has it. */
function said(place: Place): unknown {
  const { db, close } = openProject(place.root);
  try {
    return { standings: allStandings(db), log: eventLog(db) };
  } finally {
    close();
  }
}

function expectSentence({ status, stdout, stderr }: Outcome, says: RegExp): void {
  expect(stderr).toMatch(says);
  expect(stderr).toMatch(/^toploss \w+: .+\n$/);
  expect(stdout).toBe('');
  expect(status).toBe(1);
}

interface Case {
  readonly what: string;
  /** Gives the arguments of the command. */
  readonly prepare: (place: Place) => string[] | Promise<string[]>;
  readonly says: RegExp;
}

const rank = (place: Place, ...options: string[]) => ['rank', place.root, ...options];
const withLabels = (place: Place, csv: string) => {
  put(place.folder, 'labels.csv', csv);
  return rank(place, '--labels', join(place.folder, 'labels.csv'), '--backbone', place.backbone);
};

const cases: readonly Case[] = [
  {
    what: 'a missing folder',
    prepare: ({ folder }) => ['rank', join(folder, 'nowhere')],
    says: /There is no folder or CSV at .*nowhere\. .*Check the path/,
  },
  {
    what: 'an empty folder',
    prepare({ folder }) {
      mkdirSync(join(folder, 'void'));
      return ['rank', join(folder, 'void')];
    },
    says: /void is empty\. Open a folder with JPEG/,
  },
  {
    what: 'a folder without images',
    prepare({ folder }) {
      put(folder, 'notes/read.me', 'words');
      return ['rank', join(folder, 'notes')];
    },
    says: /notes has no image that can be ranked\..*read\.me: not an image/,
  },
  {
    what: 'a data set of one class',
    async prepare(place) {
      await drawFlowers(join(place.folder, 'roses'), 3, ['rose']);
      return ['rank', join(place.folder, 'roses'), '--backbone', place.backbone];
    },
    says: /one class/,
  },
  {
    what: 'a data set without labels',
    async prepare(place) {
      await drawFlowers(join(place.folder, 'all'), 3, ['rose']);
      return ['rank', join(place.folder, 'all/rose'), '--backbone', place.backbone];
    },
    says: /label/,
  },
  {
    what: 'a CSV with an unknown column',
    prepare: (place) => withLabels(place, 'path,class\nflowers/rose/0.png,rose\n'),
    says: /labels\.csv has no column "label"\. Its first line names: path, class\. .*which column/,
  },
  {
    what: 'a CSV that lists a path twice',
    prepare: (place) => withLabels(place, 'path,label\nflowers/rose/0.png,rose\nflowers/rose/0.png,tulip\n'),
    says: /labels\.csv lists "flowers\/rose\/0\.png" twice, on lines 2 and 3\. Keep one row/,
  },
  {
    what: 'a CSV with a broken quote',
    prepare: (place) => withLabels(place, 'path,label\nflowers/rose/0.png,"rose\nflowers/rose/1.png,rose\n'),
    says: /labels\.csv, line 2: a quote .*never closed\. Close it/,
  },
  {
    what: 'a CSV that is not there',
    prepare: (place) => rank(place, '--labels', join(place.folder, 'no.csv')),
    says: /no\.csv: .*Nothing was changed/,
  },
  {
    what: 'a pattern that is no regular expression',
    prepare: (place) => rank(place, '--pattern', '(?<label>'),
    says: /The pattern is not a regular expression/,
  },
  {
    what: 'a pattern without a label',
    prepare: (place) => rank(place, '--pattern', String.raw`^(\w+)/`),
    says: /has no group named "label"\. Mark the part/,
  },
  {
    what: 'a backbone that is not there',
    prepare: (place) => rank(place, '--backbone', join(place.folder, 'none.onnx')),
    says: /There is no backbone at .*none\.onnx\. Name an \.onnx file/,
  },
  {
    what: 'a folder without a model as backbone',
    prepare: (place) => rank(place, '--backbone', place.root),
    says: /There is no model\.onnx or model\.json in the folder .*flowers\. Name an \.onnx file/,
  },
  {
    what: 'a backbone that is not a model',
    prepare(place) {
      put(place.folder, 'words.onnx', 'These are words.');
      return rank(place, '--backbone', join(place.folder, 'words.onnx'));
    },
    says: /words\.onnx can't be used as a backbone: .* Choose an ONNX image model/,
  },
  {
    what: 'a backbone of the wrong shape',
    prepare(place) {
      const shape = ['n', 10];
      const model = encodeModel({
        inputs: [{ name: 'x', type: 'float32', shape }],
        outputs: [{ name: 'y', type: 'float32', shape }],
        nodes: [{ operator: 'Relu', inputs: ['x'], outputs: ['y'] }],
      });
      put(place.folder, 'flat.onnx', model);
      return rank(place, '--backbone', join(place.folder, 'flat.onnx'));
    },
    says: /flat\.onnx can't be used as a backbone: its input x is float32 \[n, 10\]; .*four dimensions\. .* Choose an ONNX/,
  },
  {
    what: 'a CSV of verdicts with a wrong verdict',
    prepare(place) {
      put(place.folder, 'verdicts.csv', 'path,verdict\nrose/0.png,discard\n');
      return ['apply', place.root, join(place.folder, 'verdicts.csv')];
    },
    says: /verdicts\.csv, .*verdict.*Nothing was applied/,
  },
  {
    what: 'a CSV of verdicts about an image that is not there',
    prepare(place) {
      put(place.folder, 'verdicts.csv', 'path,verdict\nrose/1.png,keep\nrose/99.png,keep\n');
      return ['apply', place.root, join(place.folder, 'verdicts.csv')];
    },
    says: /verdicts\.csv, line 3: there is no image rose\/99\.png in the data set\. Nothing was applied/,
  },
  {
    what: 'an export to a place that is taken',
    prepare: (place) => ['export', place.root, '--to', place.root],
    says: /flowers/,
  },
  {
    what: 'a comparison with a run that is not there',
    prepare: (place) => ['runs', place.root, '--compare', '1,2'],
    says: /There is no run 1\. Runs of this project: none yet/,
  },
  {
    what: 'the log of a data set without a project',
    prepare: (place) => ['log', place.root, '--project', join(place.folder, 'none')],
    says: /There is no project in .*none yet\. Create it with: toploss import/,
  },
];

for (const { what, prepare, says } of cases) {
  test(`${what} is said in a sentence, and nothing that was said is lost`, async () => {
    const place = await labelled();
    const before = said(place);
    expectSentence(await toploss(...(await prepare(place))), says);
    expect(said(place)).toEqual(before);
  });
}

test('an undo without a project makes none', async () => {
  const place = await labelled();
  const project = join(place.folder, 'none');
  expectSentence(
    await toploss('undo', place.root, '--project', project),
    /There is no project in .*none yet/,
  );
  expect(existsSync(project)).toBe(false);
});

/** Cases in which labels.db must not be touched at all. */
const untouchable: readonly Case[] = [
  {
    what: 'a project made by a newer version',
    prepare(place) {
      const db = new Database(join(place.project, 'labels.db'));
      db.pragma('user_version = 99990');
      db.close();
      return rank(place);
    },
    says: /labels\.db was written by a newer Toploss .*Nothing was changed\. Open it with that version/,
  },
  {
    what: 'a damaged labels.db',
    prepare(place) {
      const file = join(place.project, 'labels.db');
      const bytes = readFileSync(file);
      bytes.fill(0x5a, 2048, bytes.length / 2);
      writeFileSync(file, bytes);
      return rank(place);
    },
    says: /labels\.db is damaged .*Nothing was changed\. .*move/,
  },
  {
    what: 'a labels.db that is none',
    prepare(place) {
      writeFileSync(
        join(place.project, 'labels.db'),
        'These are words, and no database at all. '.repeat(100),
      );
      return rank(place);
    },
    says: /labels\.db is damaged .*Nothing was changed\. .*move/,
  },
  {
    what: 'a project that is open in another process',
    prepare(place) {
      const project = openProject(place.root);
      onTestFinished(() => project.close());
      return rank(place);
    },
    says: new RegExp(
      `flowers\\.toploss is open in process ${process.pid} .*Nothing was changed\\. Close it there`,
    ),
  },
];

for (const { what, prepare, says } of untouchable) {
  test(`${what} is said in a sentence, and labels.db is left as it is`, async () => {
    const place = await labelled();
    const args = await prepare(place);
    const before = readFileSync(join(place.project, 'labels.db'));
    expectSentence(await toploss(...args), says);
    expect(readFileSync(join(place.project, 'labels.db')).equals(before)).toBe(true);
  });
}

test.skipIf(process.getuid?.() !== 0)(
  'a project folder that cannot be used is said in a sentence, and labels.db is left as it is',
  async () => {
    const place = await labelled();
    for (const folder of [place.folder, place.root]) chmodSync(folder, 0o755);
    chmodSync(place.project, 0o700);
    const before = readFileSync(join(place.project, 'labels.db'));
    const says = /The project folder .*flowers\.toploss can't be used .*Nothing was changed\. .*--project/;
    expectSentence(await startToploss(rank(place), 'nobody').outcome, says);
    expect(readFileSync(join(place.project, 'labels.db')).equals(before)).toBe(true);
  },
);
