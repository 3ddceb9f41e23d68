import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import { backUp, listBackups } from './backups.ts';
import { connectToWrite } from './connect.ts';
import { allStandings } from '../labels/labels.ts';
import { schemaVersion } from './migrations/index.ts';
import { openStore } from './open.ts';
import { restorableBackups, restoreStore } from './restore.ts';

/** A closed store of ten images: the first backup has 3 verdicts, the second 5, labels.db 9. */
function backedUp(): { folder: string; file: string } {
  const folder = temporaryFolder();
  const db = openStore(folder);
  const { images } = insertRoses(db, 10);
  for (const [from, to] of [
    [0, 3],
    [3, 5],
    [5, 9],
  ]) {
    decideOn(db, images.slice(from, to), { verdict: 'keep' });
    if (to !== 9) backUp(db, folder, 'test');
  }
  db.close();
  return { folder, file: join(folder, 'labels.db') };
}

function verdicts(folder: string): number {
  const db = openStore(folder);
  const count = allStandings(db).filter(({ verdict }) => verdict !== null).length;
  db.close();
  return count;
}

test('each backup says how many verdicts it has, and how many labels differ from those of now', () => {
  const { folder } = backedUp();
  expect([...restorableBackups(folder)]).toMatchObject([
    { verdicts: 5, differ: 4 },
    { verdicts: 3, differ: 6 },
  ]);
});

test(
  'the newest backup takes the place of a damaged store, which is moved aside as it is',
  { tags: 'restore' },
  async () => {
    const { folder, file } = backedUp();
    const bytes = readFileSync(file);
    // A page of the events: where each image stands can still be read.
    writeFileSync(file, bytes.fill(0x5a, bytes.length - 4096));
    const damaged = readFileSync(file);
    expect((await failureOf(() => openStore(folder))).code).toBe('damaged');
    const { differ, aside } = restoreStore(folder);
    expect(readFileSync(join(aside ?? '', 'labels.db')).equals(damaged)).toBe(true);
    expect([4, null]).toContain(differ);
    expect(verdicts(folder)).toBe(5);
  },
);

test('a store that is no database at all is restored, and what it had is not known', () => {
  const { folder, file } = backedUp();
  truncateSync(file, 0);
  expect(restoreStore(folder)).toMatchObject({ verdicts: 5, differ: null });
  expect(verdicts(folder)).toBe(5);
});

test('a damaged backup is passed over', { tags: 'restore' }, () => {
  const { folder } = backedUp();
  const newest = listBackups(folder).at(-1);
  writeFileSync(newest?.file ?? '', 'garbage');
  expect(restoreStore(folder)).toMatchObject({ verdicts: 3 });
});

test('one can go back to a backup by its name, and from there to what was', () => {
  const { folder, file } = backedUp();
  const [oldest] = listBackups(folder);
  const before = readFileSync(file);
  const { aside } = restoreStore(folder, oldest?.name);
  expect(verdicts(folder)).toBe(3);
  expect(readFileSync(join(aside ?? '', 'labels.db')).equals(before)).toBe(true);
});

test('nothing is changed where there is no such backup, or none that is intact', async () => {
  const { folder, file } = backedUp();
  const before = readFileSync(file);
  expect((await failureOf(() => restoreStore(folder, 'yesterday.db'))).code).toBe('not-found');
  for (const backup of listBackups(folder)) writeFileSync(backup.file, '');
  expect((await failureOf(() => restoreStore(folder))).code).toBe('not-found');
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(existsSync(join(folder, 'aside'))).toBe(false);
});

test('a store of a newer version is not replaced by a backup', async () => {
  const { folder, file } = backedUp();
  const db = connectToWrite(file);
  db.pragma(`user_version = ${schemaVersion + 10}`);
  db.close();
  const before = readFileSync(file);
  const { code, message } = await failureOf(() => restoreStore(folder));
  expect(code).toBe('newer-version');
  expect(message).toContain(`${schemaVersion + 10}`);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('what a killed process left beside the store is moved aside with it', () => {
  const { folder, file } = backedUp();
  const db = openStore(folder);
  decideOn(db, [allStandings(db)[9]?.image ?? (0 as never)], { verdict: 'exclude' });
  const [store, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
  db.close();
  writeFileSync(file, store);
  writeFileSync(`${file}-wal`, log);
  const { aside, differ } = restoreStore(folder);
  expect(differ).toBe(5);
  expect(readdirSync(aside ?? '')).toEqual(expect.arrayContaining(['labels.db', 'labels.db-wal']));
  expect(verdicts(folder)).toBe(5);
});
