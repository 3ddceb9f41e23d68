import { expect, test } from 'vitest';
import type { ClassId, Label } from '../../shared/domain.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import {
  allStandings,
  beginImport,
  changeClasses,
  eventLog,
  eventsBefore,
  getStanding,
  importLabel,
  reverse,
  undoable,
} from './labels.ts';
import { openStore, type Db } from '../store/open.ts';

/** Five images, all labelled `rose` by the data set: one kept, one called a tulip, one excluded, one unsure, one new. */
function reviewed() {
  const folder = temporaryFolder();
  const db = openStore(folder);
  const rows = insertRoses(db, 5);
  const [kept, other, excluded, unsure, fresh] = rows.images;
  if (!kept || !other || !excluded || !unsure || !fresh) throw new Error('five images were made');
  decideOn(db, [kept], { verdict: 'keep' });
  decideOn(db, [other], { verdict: 'relabel', label: [rows.tulip] });
  decideOn(db, [excluded], { verdict: 'exclude' });
  decideOn(db, [unsure], { verdict: 'unsure' });
  return { folder, db, ...rows, kept, other, excluded, unsure, fresh };
}

/** Every image that has the class gets another in its place, or none. */
function replace(db: Db, from: ClassId, to: ClassId | null) {
  const replaced = (label: Label) =>
    label.includes(from) ? [...label.filter((id) => id !== from), ...(to === null ? [] : [to])] : label;
  return changeClasses(db, {
    changes: allStandings(db).map(({ image, label, base }) => ({
      image,
      label: replaced(label),
      base: replaced(base),
    })),
    who: 'someone',
    what: 'rename class rose to violet',
  });
}

const brief = (db: Db) => allStandings(db).map(({ label, verdict }) => [label, verdict]);

test('a change of classes is one step, and leaves verdicts as they are', () => {
  const { db, tulip, violet, rose } = reviewed();
  const before = allStandings(db);
  replace(db, rose, violet);
  expect(brief(db)).toEqual([
    [[violet], 'keep'],
    [[tulip], 'relabel'],
    [[violet], 'exclude'],
    [[violet], 'unsure'],
    [[violet], null],
  ]);
  expect(allStandings(db).map(({ decidedAt }) => decidedAt)).toEqual(
    before.map(({ decidedAt }) => decidedAt),
  );
  expect(undoable(db).undo).toBe('rename class rose to violet');
  reverse(db, 'undo', 'someone');
  expect(allStandings(db)).toEqual(before);
});

test('it is undone and redone after the project was opened again', () => {
  const { folder, db, rose, violet } = reviewed();
  const before = allStandings(db);
  replace(db, rose, violet);
  const after = allStandings(db);
  db.close();
  const undone = openStore(folder);
  reverse(undone, 'undo', 'someone');
  expect(allStandings(undone)).toEqual(before);
  undone.close();
  const redone = openStore(folder);
  reverse(redone, 'redo', 'someone');
  expect(allStandings(redone)).toEqual(after);
  redone.close();
});

test('decisions before and after it are undone to the class that the image had then', () => {
  const { db, rose, violet, tulip, fresh } = reviewed();
  decideOn(db, [fresh], { verdict: 'relabel', label: [tulip] });
  reverse(db, 'undo', 'someone');
  replace(db, rose, violet);
  decideOn(db, [fresh], { verdict: 'relabel', label: [tulip] });
  reverse(db, 'undo', 'someone');
  expect(getStanding(db, fresh)).toMatchObject({ label: [violet], verdict: null });
  reverse(db, 'undo', 'someone');
  expect(getStanding(db, fresh)).toMatchObject({ label: [rose], verdict: null });
});

test('a label that is confirmed under its new name is a keep, and clearing goes back to the new name', () => {
  const { db, rose, violet, tulip, fresh } = reviewed();
  replace(db, rose, violet);
  decideOn(db, [fresh], { verdict: 'keep' });
  expect(getStanding(db, fresh)).toMatchObject({ label: [violet], verdict: 'keep' });
  decideOn(db, [fresh], { verdict: 'relabel', label: [tulip] });
  expect(getStanding(db, fresh)).toMatchObject({ verdict: 'relabel' });
  decideOn(db, [fresh], { verdict: 'clear' });
  expect(getStanding(db, fresh)).toMatchObject({ label: [violet], verdict: null });
});

test('where two classes become one, what was moved between them was right', () => {
  const { db, rose, tulip, other } = reviewed();
  replace(db, rose, tulip);
  expect(getStanding(db, other)).toMatchObject({ label: [tulip], verdict: 'keep' });
  reverse(db, 'undo', 'someone');
  expect(getStanding(db, other)).toMatchObject({ label: [tulip], verdict: 'relabel' });
});

test('without its class an image has no label', () => {
  const { db, rose, fresh } = reviewed();
  replace(db, rose, null);
  expect(getStanding(db, fresh)).toMatchObject({ label: [], verdict: null });
  reverse(db, 'undo', 'someone');
  expect(getStanding(db, fresh)).toMatchObject({ label: [rose], verdict: null });
});

test('a label that the data set changes later is taken on, and undoing the change of classes leaves it', () => {
  const { db, rose, violet, tulip, fresh } = reviewed();
  replace(db, rose, violet);
  db.prepare('UPDATE images SET imported_label = ? WHERE id = ?').run(`[${tulip}]`, fresh);
  importLabel(db, beginImport(db, 'someone', 'import'), fresh, { before: [rose], now: [tulip] });
  expect(getStanding(db, fresh)).toMatchObject({ label: [tulip], base: [tulip], verdict: null });
  reverse(db, 'undo', 'someone');
  expect(getStanding(db, fresh)).toMatchObject({ label: [tulip], base: [tulip], verdict: null });
});

test('nothing is stored where nothing changes, and what was undone can still be redone', () => {
  const { db, violet, fresh } = reviewed();
  reverse(db, 'undo', 'someone');
  const { redo } = undoable(db);
  expect(changeClasses(db, { changes: [], who: 'someone', what: 'nothing' })).toEqual([]);
  expect(replace(db, violet, null)).toEqual([]);
  expect(undoable(db).redo).toBe(redo);
  expect(getStanding(db, fresh).verdict).toBeNull();
});

test('the log tells a change of classes from a decision, and is read backwards in pages', () => {
  const { db, rose, violet, images } = reviewed();
  replace(db, rose, violet);
  reverse(db, 'undo', 'someone');
  const log = eventLog(db);
  // The tulip's label stays; what it would be without its verdict changes.
  expect(log.filter(({ kind }) => kind === 'class')).toHaveLength(images.length);
  expect(log.filter(({ kind }) => kind === 'undo')).toHaveLength(images.length);
  const read: number[] = [];
  for (let before: number | null = null; ;) {
    const page = eventsBefore(db, before, 3);
    read.push(...page.map(({ id }) => id));
    if (page.length < 3) break;
    before = page.at(-1)?.id ?? null;
  }
  expect(read).toEqual(log.map(({ id }) => id).toReversed());
});
