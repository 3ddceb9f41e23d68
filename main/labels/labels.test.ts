import { expect, test } from 'vitest';
import type { ImageId, Label } from '../../shared/domain.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import { getImage, updateImage } from '../store/images.ts';
import {
  allStandings,
  beginImport,
  eventLog,
  getStanding,
  importLabel,
  labelsVersion,
  reverse,
  undoable,
} from './labels.ts';
import { openStore, type Db } from '../store/open.ts';

function store(count = 3) {
  const folder = temporaryFolder();
  const db = openStore(folder);
  return { folder, db, ...insertRoses(db, count) };
}

/** "rose relabel" for each image: where it stands. */
const standings = (db: Db) => allStandings(db).map(({ label, verdict }) => [label, verdict]);

function first(images: readonly ImageId[]): ImageId {
  const [image] = images;
  if (image === undefined) throw new Error('there is no image');
  return image;
}

/** The data set gives another label on disk, as an import finds it. */
function labelOnDisk(db: Db, image: ImageId, now: Label): void {
  const row = getImage(db, image);
  if (!row) throw new Error('there is no image');
  updateImage(db, image, { ...row, importedLabel: now }, true);
  importLabel(db, beginImport(db, 'someone', 'import'), image, { before: row.importedLabel, now });
}

test('a relabel, a keep, an exclude and an unsure are undone and redone after a restart', () => {
  const { folder, db, images, rose, tulip } = store(4);
  const decisions = [
    { verdict: 'relabel', label: [tulip] },
    { verdict: 'keep' },
    { verdict: 'exclude' },
    { verdict: 'unsure' },
  ] as const;
  decisions.forEach((decision, i) => decideOn(db, images.slice(i, i + 1), decision));
  const decided = [
    [[tulip], 'relabel'],
    [[rose], 'keep'],
    [[rose], 'exclude'],
    [[rose], 'unsure'],
  ];
  expect(standings(db)).toEqual(decided);
  db.close();

  const again = openStore(folder);
  expect(undoable(again)).toEqual({ undo: 'unsure 1', redo: null });
  for (let i = 0; i < 4; i++) expect(reverse(again, 'undo', 'someone')?.standings).toHaveLength(1);
  expect(reverse(again, 'undo', 'someone')).toBeNull();
  expect(standings(again)).toEqual(images.map(() => [[rose], null]));
  again.close();

  const third = openStore(folder);
  expect(undoable(third)).toEqual({ undo: null, redo: 'relabel 1' });
  for (let i = 0; i < 4; i++) reverse(third, 'redo', 'someone');
  expect(reverse(third, 'redo', 'someone')).toBeNull();
  expect(standings(third)).toEqual(decided);
  third.close();
});

test('a bulk decision is one step', () => {
  const { db, images, rose, tulip } = store(50);
  expect(decideOn(db, images, { verdict: 'relabel', label: [tulip] })).toHaveLength(50);
  expect(reverse(db, 'undo', 'someone')?.standings).toHaveLength(50);
  expect(standings(db)).toEqual(images.map(() => [[rose], null]));
  expect(undoable(db)).toEqual({ undo: null, redo: 'relabel 50' });
  reverse(db, 'redo', 'someone');
  expect(standings(db)).toEqual(images.map(() => [[tulip], 'relabel']));
  expect(eventLog(db)).toHaveLength(150);
});

test(
  'a bulk decision that cannot be stored for one image is stored for none',
  { tags: 'bulk-decisions' },
  () => {
    const { db, images } = store(2);
    expect(() => decideOn(db, [...images, 99 as ImageId], { verdict: 'exclude' })).toThrow();
    expect(eventLog(db)).toEqual([]);
    expect(undoable(db)).toEqual({ undo: null, redo: null });
  },
);

test('a new decision discards what could have been redone', () => {
  const { db, images, tulip, rose } = store();
  decideOn(db, images, { verdict: 'relabel', label: [tulip] });
  decideOn(db, images, { verdict: 'exclude' });
  reverse(db, 'undo', 'someone');
  reverse(db, 'undo', 'someone');
  decideOn(db, images.slice(0, 1), { verdict: 'keep' });
  expect(undoable(db)).toEqual({ undo: 'keep 1', redo: null });
  expect(reverse(db, 'redo', 'someone')).toBeNull();
  reverse(db, 'undo', 'someone');
  expect(standings(db)).toEqual(images.map(() => [[rose], null]));
  expect(reverse(db, 'undo', 'someone')).toBeNull();
});

test('a relabel to the label that the image came with confirms it', () => {
  const { db, images, rose, tulip } = store(1);
  decideOn(db, images, { verdict: 'relabel', label: [tulip] });
  decideOn(db, images, { verdict: 'relabel', label: [rose] });
  expect(standings(db)).toEqual([[[rose], 'keep']]);
});

test('a keep after a relabel keeps the new label', () => {
  const { db, images, tulip } = store(1);
  decideOn(db, images, { verdict: 'relabel', label: [tulip] });
  expect(decideOn(db, images, { verdict: 'keep' })).toEqual([]);
  expect(standings(db)).toEqual([[[tulip], 'relabel']]);
});

test('a clear takes verdict and label back', () => {
  const { db, images, rose, tulip } = store(1);
  decideOn(db, images, { verdict: 'relabel', label: [tulip] });
  decideOn(db, images, { verdict: 'exclude' });
  decideOn(db, images, { verdict: 'clear' });
  expect(standings(db)).toEqual([[[rose], null]]);
  reverse(db, 'undo', 'someone');
  expect(standings(db)).toEqual([[[tulip], 'exclude']]);
});

test('a decision that changes nothing makes no step', () => {
  const { db, images } = store();
  decideOn(db, images, { verdict: 'keep' });
  expect(decideOn(db, images, { verdict: 'keep' })).toEqual([]);
  expect(eventLog(db)).toHaveLength(3);
});

test('a label is stored ascending, each class once', () => {
  const { db, images, tulip, violet } = store(1);
  decideOn(db, images, { verdict: 'relabel', label: [violet, tulip, violet] });
  expect(standings(db)).toEqual([[[tulip, violet], 'relabel']]);
});

test('only what a training would learn differently makes scores stale', () => {
  const { db, images, tulip } = store(1);
  const version = () => labelsVersion(db);
  const start = version();
  decideOn(db, images, { verdict: 'keep' });
  decideOn(db, images, { verdict: 'unsure' });
  expect(version()).toBe(start);
  decideOn(db, images, { verdict: 'exclude' });
  expect(version()).toBe(start + 1);
  decideOn(db, images, { verdict: 'relabel', label: [tulip] });
  expect(version()).toBe(start + 2);
});

test('the log says who, when, what, from and to, and where the image ranked', () => {
  const { db, images, rose, tulip } = store(1);
  const from = Date.now();
  decideOn(db, images, { verdict: 'relabel', label: [tulip] });
  const [event, ...others] = eventLog(db, first(images));
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    who: 'someone',
    kind: 'decide',
    what: 'relabel 1',
    path: 'rose/0.png',
    from: [rose],
    to: [tulip],
    fromVerdict: null,
    toVerdict: 'relabel',
    rank: null,
  });
  expect(event?.at).toBeGreaterThanOrEqual(from);
});

test(
  'the log is append-only: its rows can neither be changed nor deleted',
  { tags: 'log-of-changes' },
  () => {
    const { db, images } = store(1);
    decideOn(db, images, { verdict: 'exclude' });
    expect(() => db.exec(`UPDATE label_events SET to_label = '[9]'`)).toThrow('append-only');
    expect(() => db.exec('DELETE FROM label_events')).toThrow('append-only');
  },
);

test('an image or class that is not there cannot be stored', () => {
  const { db } = store(1);
  expect(() => db.exec(`INSERT INTO labels (image, label) VALUES (99, '[]')`)).toThrow('FOREIGN KEY');
  expect(() => db.exec(`INSERT INTO scores VALUES (1, x'', x'', x'', x'', 0, x'', x'')`)).toThrow(
    'FOREIGN KEY',
  );
});

test('the log of an image and the next undo are found without reading the whole table', () => {
  const { db } = store(1);
  const plan = (sql: string) =>
    db
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail)
      .join('; ');
  const statements: string[] = [];
  const prepare = db.prepare.bind(db);
  db.prepare = ((sql: string) => {
    statements.push(sql.trim());
    return prepare(sql);
  }) as typeof db.prepare;
  eventLog(db, 1 as ImageId);
  undoable(db);
  reverse(db, 'undo', 'someone');
  const plans = statements
    .filter((sql) => sql.startsWith('SELECT'))
    .map((sql) => plan(sql.replaceAll('?', '1')));
  expect(plans).toHaveLength(3);
  expect(plans[0]).toContain('label_events_by_image');
  for (const used of plans.slice(1)) expect(used).toContain('steps_by_state');
  expect(plans.join()).not.toContain('SCAN');
});

test('a label that changes on disk is taken on where nobody has decided', () => {
  const { db, images, tulip } = store(1);
  labelOnDisk(db, first(images), [tulip]);
  expect(standings(db)).toEqual([[[tulip], null]]);
  expect(eventLog(db).map(({ kind }) => kind)).toEqual(['import']);
});

test('a label that changes on disk does not override the label that a person gave', () => {
  const { db, images, rose, tulip, violet } = store(1);
  decideOn(db, images, { verdict: 'relabel', label: [violet] });
  labelOnDisk(db, first(images), [tulip]);
  expect(standings(db)).toEqual([[[violet], 'relabel']]);
  decideOn(db, images, { verdict: 'exclude' });
  labelOnDisk(db, first(images), [rose]);
  expect(standings(db)).toEqual([[[violet], 'exclude']]);
});

test('a label that a person confirmed stays when the data set gives another, and is confirmed again when it is back', () => {
  const { db, images, rose, tulip } = store(1);
  decideOn(db, images, { verdict: 'keep' });
  labelOnDisk(db, first(images), [tulip]);
  expect(standings(db)).toEqual([[[rose], 'relabel']]);
  labelOnDisk(db, first(images), [rose]);
  expect(standings(db)).toEqual([[[rose], 'keep']]);
});

test('undoing a decision from before an import gives the label that is on disk now', () => {
  const { db, images, tulip, violet } = store(1);
  decideOn(db, images, { verdict: 'relabel', label: [violet] });
  labelOnDisk(db, first(images), [tulip]);
  reverse(db, 'undo', 'someone');
  expect(getStanding(db, first(images))).toMatchObject({ label: [tulip], verdict: null });
  reverse(db, 'redo', 'someone');
  expect(getStanding(db, first(images))).toMatchObject({ label: [violet], verdict: 'relabel' });
});

test('redoing a keep after the label changed on disk says that the label is another one', () => {
  const { db, images, rose, tulip } = store(1);
  decideOn(db, images, { verdict: 'keep' });
  reverse(db, 'undo', 'someone');
  labelOnDisk(db, first(images), [tulip]);
  reverse(db, 'redo', 'someone');
  expect(standings(db)).toEqual([[[rose], 'relabel']]);
});
