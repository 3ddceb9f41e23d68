import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { put } from '../testing/images.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import { migrate, schemaVersion, storedVersion } from './migrations/index.ts';
import { allStandings, eventLog } from '../labels/labels.ts';
import { explaining } from './explain.ts';
import { openStore, openStoreReadOnly } from './open.ts';

/** A folder with a store of some decisions in it, closed. */
function storedFolder(): string {
  const folder = temporaryFolder();
  const db = openStore(folder);
  const { images } = insertRoses(db, 200);
  decideOn(db, images, { verdict: 'keep' });
  db.close();
  return folder;
}

const labels = (folder: string) => join(folder, 'labels.db');
const backups = (folder: string) => readdirSync(join(folder, 'backups'));

test('a new store has the newest schema, and opening it again changes nothing', () => {
  const folder = temporaryFolder();
  openStore(folder).close();
  const before = readFileSync(labels(folder));
  const db = openStore(folder);
  expect(storedVersion(db)).toBe(schemaVersion);
  migrate(db);
  db.close();
  expect(readFileSync(labels(folder)).equals(before)).toBe(true);
});

test(
  'a store is written ahead, in full, and keeps its references, whether it is made, opened or opened again',
  { tags: 'power-loss' },
  () => {
    const folder = temporaryFolder();
    for (let time = 0; time < 3; time++) {
      const db = openStore(folder);
      expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
      expect(db.pragma('synchronous', { simple: true })).toBe(2);
      expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
      db.close();
    }
  },
);

test('no file but connect.ts opens a connection, besides that of the lock', () => {
  const main = join(import.meta.dirname, '..');
  const connecting = readdirSync(main, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      /(?<!\.test)\.ts$/.test(path) && readFileSync(join(main, path), 'utf8').includes('new Database('),
  );
  expect(connecting.toSorted()).toEqual([join('store', 'connect.ts'), join('store', 'lock.ts')]);
});

test('a store of a newer version is refused and left untouched', { tags: 'newer-store' }, async () => {
  const folder = storedFolder();
  const db = new Database(labels(folder));
  db.pragma(`user_version = ${schemaVersion + 10}`);
  db.close();
  const before = readFileSync(labels(folder));
  for (const open of [openStore, openStoreReadOnly]) {
    const { code, message } = await failureOf(() => open(folder));
    expect(code).toBe('newer-version');
    expect(message).toContain(labels(folder));
    expect(message).toContain(`${schemaVersion + 10}`);
  }
  expect(readFileSync(labels(folder)).equals(before)).toBe(true);
});

const damages: Record<string, (file: string) => void> = {
  'a page that was overwritten': (file) => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x5a, 3 * 4096, 4 * 4096));
  },
  'a file of no bytes': (file) => truncateSync(file, 0),
  'a file that was cut off': (file) => truncateSync(file, 4096 * 5 + 100),
  'a text file': (file) => writeFileSync(file, 'path,label\nrose/1.jpg,rose\n'.repeat(100)),
};

for (const [what, damage] of Object.entries(damages)) {
  test(`${what} is refused as damaged and left untouched`, { tags: 'damaged-store' }, async () => {
    const folder = storedFolder();
    damage(labels(folder));
    const before = readFileSync(labels(folder));
    const { code, message } = await failureOf(() => openStore(folder));
    expect(code).toBe('damaged');
    expect(message).toContain(labels(folder));
    expect(readFileSync(labels(folder)).equals(before)).toBe(true);
  });
}

test('a damaged store is left untouched although a killed process left changes beside it', async () => {
  const folder = storedFolder();
  const db = openStore(folder);
  decideOn(db, [1 as never], { verdict: 'exclude' });
  // What a kill leaves: the file, and the changes that are not in it yet.
  const killed = temporaryFolder();
  for (const name of ['labels.db', 'labels.db-wal']) copyFileSync(join(folder, name), join(killed, name));
  db.close();
  const intact = temporaryFolder();
  for (const name of ['labels.db', 'labels.db-wal']) copyFileSync(join(killed, name), join(intact, name));
  damages['a page that was overwritten']?.(labels(killed));
  const before = readFileSync(labels(killed));
  expect((await failureOf(() => openStore(killed))).code).toBe('damaged');
  expect(readFileSync(labels(killed)).equals(before)).toBe(true);

  const recovered = openStore(intact);
  expect(eventLog(recovered)).toHaveLength(201);
  recovered.close();
});

test(
  'a process that was killed while it made a store leaves nothing in the way of the next one',
  { tags: 'killed-making' },
  () => {
    const folder = temporaryFolder();
    put(folder, 'labels.db.new', 'SQLite format 3\0 and no more');
    const db = openStore(folder);
    insertRoses(db, 1);
    db.close();
    expect(existsSync(join(folder, 'labels.db.new'))).toBe(false);
  },
);

test('a full disk is said, and nothing half written is left', { tags: 'full-disk' }, async () => {
  const folder = temporaryFolder();
  const db = openStore(folder);
  const { images, tulip } = insertRoses(db, 2000);
  db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true }))}`);
  const { code, message } = await failureOf(() =>
    explaining(labels(folder), folder, () => decideOn(db, images, { verdict: 'relabel', label: [tulip] })),
  );
  expect(code).toBe('disk-full');
  expect(message).toContain(labels(folder));
  expect(db.inTransaction).toBe(false);
  expect(eventLog(db)).toEqual([]);
  expect(allStandings(db).filter(({ verdict }) => verdict !== null)).toEqual([]);
  db.pragma('max_page_count = 1000000');
  expect(decideOn(db, images, { verdict: 'relabel', label: [tulip] })).toHaveLength(2000);
  db.close();
});

test('a backup is made once a day, and is a whole store', { tags: 'backups' }, () => {
  const folder = storedFolder();
  openStore(folder).close();
  openStore(folder).close();
  const [backup = '', ...others] = backups(folder);
  expect(others).toEqual([]);
  expect(backup).toMatch(/^\d{4}-\d\d-\d\dT.*Z-0001-daily\.db$/);

  const restored = temporaryFolder();
  copyFileSync(join(folder, 'backups', backup), labels(restored));
  const db = openStore(restored);
  expect(allStandings(db).filter(({ verdict }) => verdict === 'keep')).toHaveLength(200);
  db.close();
});

test(
  'the message about a damaged store names the newest backup, and never one that was not finished',
  { tags: 'damaged-store' },
  async () => {
    const folder = storedFolder();
    openStore(folder).close();
    const [backup = ''] = backups(folder);
    put(folder, 'backups/2099-01-01T00-00-00-000Z-daily.db.new', 'half');
    writeFileSync(labels(folder), 'garbage');
    expect((await failureOf(() => openStore(folder))).message).toContain(join(folder, 'backups', backup));
  },
);

test('old backups make room for new ones', { tags: 'backups' }, () => {
  const folder = storedFolder();
  mkdirSync(join(folder, 'backups'));
  for (let day = 10; day < 25; day++) put(folder, `backups/2020-01-${day}T00-00-00-000Z-daily.db`, '');
  openStore(folder).close();
  const kept = backups(folder);
  expect(kept).toHaveLength(10);
  expect(kept[0]).toBe('2020-01-16T00-00-00-000Z-daily.db');
  expect(kept.at(-1)).not.toContain('2020');
});

test('a store is read while another connection writes it', () => {
  const folder = temporaryFolder();
  const writer = openStore(folder);
  const { images } = insertRoses(writer, 1);
  const reader = openStoreReadOnly(folder);
  decideOn(writer, images, { verdict: 'keep' });
  expect(eventLog(reader.db)).toHaveLength(1);
  expect(() => decideOn(reader.db, images, { verdict: 'exclude' })).toThrow('readonly');
  reader.close();
  writer.close();
});

test('a store that is not there cannot be read', async () => {
  const folder = temporaryFolder();
  expect((await failureOf(() => openStoreReadOnly(folder))).code).toBe('not-found');
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that cannot be written is said', { tags: 'read-only-place' }, ({ skip }) => {
  skip(process.getuid?.() !== 0, 'the user is not root, and cannot take rights away');
  const folder = storedFolder();
  execFileSync('chmod', ['555', folder]);
  const script = `
    process.setuid(65534);
    const { openStore } = await import(${JSON.stringify(new URL('open.ts', import.meta.url).href)});
    try { openStore(${JSON.stringify(folder)}); console.log('opened'); }
    catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toMatchObject({ code: 'read-only' });
  expect(output).toContain(labels(folder));
});

test.skipIf(process.getuid?.() !== 0)(
  'a store in a folder that cannot be written is read, with what a kill left in its log',
  () => {
    const folder = temporaryFolder();
    const db = openStore(folder);
    decideOn(db, insertRoses(db, 3).images, { verdict: 'keep' });
    const killed = temporaryFolder();
    for (const name of ['labels.db', 'labels.db-wal']) copyFileSync(join(folder, name), join(killed, name));
    db.close();
    execFileSync('chmod', ['555', killed]);
    const script = `
    process.setuid(65534);
    const { openStoreReadOnly } = await import(${JSON.stringify(new URL('open.ts', import.meta.url).href)});
    const { db, close } = openStoreReadOnly(${JSON.stringify(killed)});
    console.log(db.prepare('SELECT count(*) AS n FROM label_events').get().n);
    try { db.exec('DELETE FROM steps'); } catch ({ message }) { console.log(message); }
    close();`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(output).toBe('3\nattempt to write a readonly database\n');
    expect(readdirSync(killed).toSorted()).toEqual(['labels.db', 'labels.db-wal']);
  },
);
