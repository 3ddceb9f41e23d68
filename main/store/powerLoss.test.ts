// A power loss leaves the file of the last checkpoint, and of the log written ahead whatever had reached the disk.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../math/random.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { put } from '../testing/images.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import { allStandings, changeClasses, eventLog, reverse } from '../labels/labels.ts';
import { openStore, type Db } from './open.ts';

const logHeader = 32;
const frameHeader = 24;
const randomCuts = 500;

const standings = (db: Db) =>
  allStandings(db).map(({ image, label, verdict }) => `${image} ${label.join()} ${verdict}`);
const events = (db: Db) =>
  eventLog(db).map(({ id, step, to, toVerdict }) => `${id} ${step} ${to} ${toVerdict}`);

test(
  `cut at every frame and at ${randomCuts} other places, the log gives a prefix of the history`,
  { timeout: 120_000, tags: 'power-loss' },
  () => {
    const { store, log, pageSize, history } = write();
    const frame = frameHeader + pageSize;
    const frames = (log.length - logHeader) / frame;
    expect(Number.isInteger(frames)).toBe(true);
    expect(frames).toBeGreaterThan(100);
    const random = createRandom(1);
    const cuts = [
      ...Array.from({ length: frames + 1 }, (_, i) => logHeader + i * frame),
      ...Array.from({ length: randomCuts }, () => Math.floor(random() * log.length)),
    ].toSorted((a, b) => a - b);

    const folder = memoryFolder();
    const file = join(folder, 'labels.db');
    // Opening makes no backup where there is one of today.
    put(folder, `backups/${new Date().toISOString().replaceAll(/[:.]/g, '-')}-0001-daily.db`, '');
    const full = history.at(-1)?.events ?? [];
    let known = 0;
    for (const cut of cuts) {
      for (const suffix of ['-shm', '-journal']) rmSync(file + suffix, { force: true });
      writeFileSync(file, store);
      writeFileSync(`${file}-wal`, log.subarray(0, cut));
      const db = openStore(folder);
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      const found = events(db);
      expect(found).toEqual(full.slice(0, found.length));
      // No half of a step, and labels in step with the log.
      const moment = history.find((candidate) => candidate.events.length === found.length);
      expect(standings(db)).toEqual(moment?.standings);
      // More of the log is never less of the history.
      expect(found.length).toBeGreaterThanOrEqual(known);
      known = found.length;
      db.close();
    }
    expect(known).toBe(full.length);
  },
);

/** A store whose whole history is in its log, and what it said after each step. */
function write() {
  const folder = temporaryFolder();
  const db = openStore(folder);
  const { images, rose, tulip, violet } = insertRoses(db, 30);
  db.pragma('wal_checkpoint(TRUNCATE)');
  const file = join(folder, 'labels.db');
  const store = readFileSync(file);
  const moment = () => ({ events: events(db), standings: standings(db) });
  const history = [moment()];
  for (let i = 0; i < 20; i++) {
    const some = images.slice(i, i + 1 + (i % 4) * 5);
    if (i % 5 === 4) reverse(db, i % 2 === 0 ? 'undo' : 'redo', 'someone');
    else if (i % 7 === 3) {
      const changes = some.map((image) => ({ image, label: [violet], base: [violet] }));
      changeClasses(db, { changes, who: 'someone', what: 'split' });
    } else decideOn(db, some, { verdict: 'relabel', label: [i % 2 === 0 ? tulip : rose] });
    history.push(moment());
  }
  const log = readFileSync(`${file}-wal`);
  const pageSize = Number(db.pragma('page_size', { simple: true }));
  db.close();
  return { store, log, pageSize, history };
}

/** In memory where that can be had: what is tested is what is in the files, not how they got there. */
function memoryFolder(): string {
  const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(place, 'toploss-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
