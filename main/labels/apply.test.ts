import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { setMissing } from '../store/images.ts';
import { allClasses, allStandings, eventLog, reverse, undoable } from './labels.ts';
import { openStore } from '../store/open.ts';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { insertRoses } from '../testing/store.ts';
import { applyVerdicts } from './apply.ts';

function store(count: number) {
  const folder = temporaryFolder();
  const db = openStore(folder);
  const rows = insertRoses(db, count);
  const apply = (csv: string) => {
    const file = join(folder, 'verdicts.csv');
    writeFileSync(file, csv);
    return applyVerdicts({ db, store: (change) => change() }, file, 'someone');
  };
  return { folder, db, ...rows, apply };
}

test('verdicts of a CSV are applied as one step, and undone as one', async () => {
  const { db, rose, tulip, apply } = store(6);
  const csv =
    '\ufeffpath,verdict,label\r\nrose/0.png,relabel,tulip\r\n"rose/1.png",keep,\r\nrose/2.png,exclude,\r\n' +
    'rose/3.png,unsure,\r\nrose/4.png,relabel,lily\r\n\r\n';
  expect(await apply(csv)).toEqual({ rows: 5, changed: 5 });
  const lily = allClasses(db).find(({ name }) => name === 'lily')?.id;
  expect(allStandings(db).map(({ label, verdict }) => [label, verdict])).toEqual([
    [[tulip], 'relabel'],
    [[rose], 'keep'],
    [[rose], 'exclude'],
    [[rose], 'unsure'],
    [[lily], 'relabel'],
    [[rose], null],
  ]);
  expect(undoable(db).undo).toBe('apply verdicts.csv to 5 images');
  expect(await apply(csv)).toEqual({ rows: 5, changed: 0 });
  reverse(db, 'undo', 'someone');
  expect(allStandings(db).every(({ verdict }) => verdict === null)).toBe(true);
});

test('the label column may be missing where nothing is relabelled', async () => {
  const { apply } = store(1);
  expect(await apply('path,verdict\nrose/0.png,exclude\n')).toEqual({ rows: 1, changed: 1 });
});

const mistakes: Record<string, [csv: string, said: string]> = {
  'an image that is not there': [
    'path,verdict\nrose/0.png,keep\nrose/x.png,keep\n',
    'line 3: there is no image rose/x.png',
  ],
  'an image that has vanished': ['path,verdict\nrose/9.png,keep\n', 'line 2: there is no image rose/9.png'],
  'an image on two lines': [
    'path,verdict\nrose/0.png,keep\nrose/0.png,exclude\n',
    'line 3: rose/0.png is listed on line 2',
  ],
  'a relabel without a label': [
    'path,verdict,label\nrose/0.png,relabel,\n',
    'line 2: a relabel needs a label',
  ],
  'two labels in a set with one': [
    'path,verdict,label\nrose/0.png,relabel,lily|tulip\n',
    'line 2: an image of this data set has one label',
  ],
  'a verdict that there is not': [
    'path,verdict\nrose/0.png,keep\nrose/1.png,burn\n',
    'row 2, column verdict',
  ],
  'an unknown column': ['file,verdict\nrose/0.png,keep\n', 'column path'],
  'a broken quote': ['path,verdict\n"rose/0.png,keep\n', 'verdicts.csv'],
};

for (const [what, [csv, said]] of Object.entries(mistakes)) {
  test(`${what} is said with its line, and nothing is applied`, async () => {
    const { db, images, apply } = store(10);
    setMissing(db, images[9] as never);
    const classes = allClasses(db);
    const { code, message } = await failureOf(() => apply(csv));
    expect(code).toBe('bad-labels');
    expect(message).toContain(said);
    expect(message).toContain('Nothing was applied');
    expect(eventLog(db)).toEqual([]);
    expect(allClasses(db)).toEqual(classes);
  });
}

test('a file that is not there is said', async () => {
  const { db, folder } = store(1);
  const file = join(folder, 'nowhere.csv');
  const { code, message } = await failureOf(() =>
    applyVerdicts({ db, store: (change) => change() }, file, 'someone'),
  );
  expect(code).toBe('not-found');
  expect(message).toContain(file);
});
