import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import { listBackups } from './backups.ts';
import { keepStore } from './keep.ts';
import { eventLog, reverse } from '../labels/labels.ts';
import { openStore, openStoreReadOnly } from './open.ts';
import { restoreStore } from './restore.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const second = 1000;
const hour = 3600 * second;

/** A store that is kept, with so many images in it. */
function kept(count: number) {
  const folder = temporaryFolder();
  const db = openStore(folder);
  const { images } = insertRoses(db, count);
  const { store, close } = keepStore(db, folder);
  const decide = (verdict: 'keep' | 'exclude', of = images) => store(() => decideOn(db, of, { verdict }));
  return { folder, db, images, decide, close, file: join(folder, 'labels.db') };
}

const departures: Record<string, (file: string) => void> = {
  renamed: (file) => renameSync(file, `${file}.old`),
  deleted: (file) => rmSync(file),
  replaced: (file) => {
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
  },
  'robbed of its log': (file) => rmSync(`${file}-wal`),
};

for (const [how, depart] of Object.entries(departures)) {
  test(
    `a store that was ${how} while it was open takes no more changes, and what it had can be restored`,
    { tags: 'store-gone' },
    async () => {
      const { folder, db, file, images, decide, close } = kept(3);
      decide('keep');
      const [first] = images;
      depart(file);
      const { code, message } = await failureOf(() => decide('exclude'));
      expect(code).toBe('moved');
      expect(message).toContain(file);
      expect(eventLog(db)).toHaveLength(3);
      // Told once more, and rescued once.
      expect((await failureOf(() => decide('exclude', first ? [first] : []))).code).toBe('moved');
      const [rescued, ...others] = listBackups(folder);
      expect(others).toEqual([]);
      expect(message).toContain(rescued?.file);
      close();
      if (how === 'renamed' || how === 'deleted') {
        expect(existsSync(file)).toBe(false);
        // No new store in its place, silently.
        expect((await failureOf(() => openStore(folder))).code).toBe('damaged');
        expect(existsSync(file)).toBe(false);
      }
      restoreStore(folder);
      const restored = openStore(folder);
      expect(eventLog(restored)).toHaveLength(3);
      restored.close();
    },
  );
}

test('a store that was put back goes on', async () => {
  const { file, db, decide, close } = kept(1);
  decide('keep');
  renameSync(file, `${file}.old`);
  await failureOf(() => decide('exclude'));
  renameSync(`${file}.old`, file);
  decide('exclude');
  expect(eventLog(db)).toHaveLength(2);
  close();
});

test(
  'a store that was put back, and is deleted later, loses nothing of what came in between',
  { tags: 'store-gone' },
  async () => {
    const { folder, file, decide, close } = kept(1);
    renameSync(file, `${file}.old`);
    await failureOf(() => decide('keep'));
    renameSync(`${file}.old`, file);
    decide('keep');
    decide('exclude');
    rmSync(file);
    const { message } = await failureOf(() => decide('keep'));
    expect(message).toContain(listBackups(folder).at(-1)?.file);
    close();
    restoreStore(folder);
    const restored = openStore(folder);
    expect(eventLog(restored)).toHaveLength(2);
    restored.close();
  },
);

test('a project folder that is gone is said, and none is made in its place', async () => {
  const { folder, decide, close } = kept(1);
  renameSync(folder, `${folder}.elsewhere`);
  const { code, message } = await failureOf(() => decide('exclude'));
  expect(code).toBe('moved');
  expect(message).toContain('put it back');
  expect(existsSync(folder)).toBe(false);
  renameSync(`${folder}.elsewhere`, folder);
  close();
});

test(
  'the log is folded into the file once nothing changes, and stays small although a reader holds it for long',
  { tags: 'log-growth' },
  () => {
    const { folder, file, db, close, write } = writing();
    const logged = () => statSync(`${file}-wal`).size;
    // A page in the log has a header of 24 bytes; SQLite folds a thousand of them by itself.
    const bound = 1001 * (4096 + 24);
    let largest = 0;
    for (let i = 0; i < 50; i++) {
      const before = logged();
      write(1000);
      largest = Math.max(largest, logged() - before);
    }
    expect(logged()).toBeGreaterThan(0);
    expect(logged()).toBeLessThan(bound + largest);
    vi.advanceTimersByTime(6 * second);
    expect(logged()).toBe(0);

    // A hundred thousand rows are written while someone reads.
    const reader = openStoreReadOnly(folder);
    const rows = reader.db.prepare('SELECT * FROM classes').iterate();
    rows.next();
    for (let i = 0; i < 100; i++) write(1000);
    expect(logged()).toBeGreaterThan(bound);
    expect(logged()).toBeLessThan(101 * 2 * largest);
    // The reader is not waited for.
    vi.advanceTimersByTime(6 * second);
    expect(logged()).toBeGreaterThan(bound);
    rows.return?.();
    reader.close();
    vi.advanceTimersByTime(hour + second);
    expect(logged()).toBe(0);
    expect(db.prepare('SELECT count(*) AS n FROM classes').get()).toEqual({ n: 150_000 });
    close();
  },
);

/** A store that takes rows by the thousand, without the wait for the disk, which does not change what is written. */
function writing() {
  const folder = temporaryFolder();
  const db = openStore(folder);
  db.pragma('synchronous = OFF');
  const { store, close } = keepStore(db, folder);
  const insert = db.prepare('INSERT INTO classes (name) VALUES (?)');
  let next = 0;
  const write = db.transaction((rows: number) => {
    for (let i = 0; i < rows; i++) insert.run(`class ${next++}`);
  });
  return {
    folder,
    db,
    close,
    file: join(folder, 'labels.db'),
    write: (rows: number) => store(() => write(rows)),
  };
}

test('a store that stays open for days is backed up each day', () => {
  const { folder, decide, close } = kept(1);
  for (let day = 0; day < 3; day++) {
    decide(day % 2 === 0 ? 'keep' : 'exclude');
    vi.advanceTimersByTime(24 * hour);
  }
  expect(listBackups(folder)).toHaveLength(3);
  close();
});

test(
  'what was done last is undone first, and the newest backup is the last one, although the clock was set back',
  { tags: 'clock-set-back' },
  () => {
    const { folder, db, images, decide, close } = kept(2);
    const [first, last] = images;
    decide('keep', first ? [first] : []);
    vi.advanceTimersByTime(6 * second);
    vi.setSystemTime(Date.now() - 400 * 24 * hour);
    decide('exclude', last ? [last] : []);
    vi.advanceTimersByTime(6 * second);
    expect(eventLog(db).map(({ toVerdict }) => toVerdict)).toEqual(['keep', 'exclude']);
    expect(reverse(db, 'undo', 'someone')?.standings).toMatchObject([{ image: last, verdict: null }]);
    close();
    expect(readdirSync(join(folder, 'backups'))).toHaveLength(2);
    // The one that was made last has both decisions.
    restoreStore(folder);
    const restored = openStore(folder);
    expect(eventLog(restored)).toHaveLength(2);
    restored.close();
  },
);
