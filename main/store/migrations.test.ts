import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { RunId } from '../../shared/domain.ts';
import { eachScore } from '../../shared/scores.ts';
import { createRandom } from '../math/random.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { decideOn, insertRoses } from '../testing/store.ts';
import { listBackups } from './backups.ts';
import { connectToRead, connectToWrite, quickCheck, type Db } from './connect.ts';
import { migrate, migrations, schemaVersion, storedVersion } from './migrations/index.ts';
import { openStore } from './open.ts';
import { readScores } from './runs.ts';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** Opens a store in a process that kills itself before the statement of that number. */
function open(folder: string, last = '') {
  return spawnSync(process.execPath, [fixture('opener.ts'), folder, last], { encoding: 'utf8' });
}

/** What every version of the schema has to say of the labels. */
function contents(db: Db): unknown {
  return [
    db.prepare('SELECT image, label, verdict FROM labels ORDER BY image').all(),
    db.prepare('SELECT id, step, image, to_label, to_verdict FROM label_events ORDER BY id').all(),
    db.prepare('SELECT id, path, size FROM images ORDER BY id').all(),
  ];
}

/** What today's schema has to say of the scores that an older one stored. */
const scores = [
  { image: 1, loss: 0.5, probability: 0.625, predicted: 1, suggestions: [{ class: 2, probability: 0.375 }] },
  {
    image: 2,
    loss: 2,
    probability: 0.125,
    predicted: 2,
    suggestions: [
      { class: 2, probability: 0.75 },
      { class: 3, probability: 0.125 },
    ],
  },
  { image: 3, loss: null, probability: null, predicted: 2, suggestions: [] },
];

/** A closed store of an older version, written with that version's own columns. */
function storeOf(version: number): { folder: string; before: unknown } {
  const folder = temporaryFolder();
  const db = connectToWrite(join(folder, 'labels.db'), { mustExist: false });
  migrate(db, version);
  db.exec(`
    INSERT INTO project (id, dataset, source, multi_label) VALUES (1, '/flowers', '{}', 0);
    INSERT INTO classes (name) VALUES ('rose'), ('tulip');
    INSERT INTO images (path, size, mtime_ms, ino, imported_label) VALUES
      ('rose/1.png', 100, 1, 1, '[1]'), ('rose/2.png', 101, 1, 2, '[1]'), ('rose/3.png', 102, 1, 3, '[1]');
    INSERT INTO labels (image, label, verdict, decided_at) VALUES
      (1, '[2]', 'relabel', 5), (2, '[1]', 'exclude', 6), (3, '[1]', NULL, NULL);
    INSERT INTO steps (at, who, kind, what, state) VALUES (5, 'someone', 'decide', 'a bulk', 'done');
    INSERT INTO label_events (step, image, from_label, to_label, from_verdict, to_verdict) VALUES
      (1, 1, '[1]', '[2]', NULL, 'relabel'), (1, 2, '[1]', '[1]', NULL, 'exclude');
    INSERT INTO runs (at, version, seed, backbone, engine, recipe, timings, images, mean_loss, accuracy) VALUES
      (7, 0, 1, 'tiny', 'CPU', '{}', '{}', 3, 0.5, 0.5);`);
  insertScores(db, version);
  const before = contents(db);
  db.close();
  return { folder, before };
}

const integers = (...numbers: number[]) => Buffer.from(Int32Array.from(numbers).buffer);
const floats = (...numbers: number[]) => Buffer.from(Float32Array.from(numbers).buffer);

/** Those of `scores`. */
function insertScores(db: Db, version: number): void {
  if (version < 51) {
    db.exec(`
      INSERT INTO scores (run, image, loss, probability, predicted, label, suggestions) VALUES
        (1, 1, 0.5, 0.625, 1, '[1]', '[[2,0.375]]'), (1, 2, 2, 0.125, 2, '[1]', '[[2,0.75],[3,0.125]]'),
        (1, 3, NULL, NULL, 2, '[]', '[]');`);
    return;
  }
  db.prepare('INSERT INTO scores VALUES (1, ?, ?, ?, ?, 2, ?, ?)').run(
    integers(1, 2, 3),
    floats(0.5, 2, Number.NaN),
    floats(0.625, 0.125, Number.NaN),
    integers(1, 2, 2),
    integers(2, 0, 2, 3, 0, 0),
    floats(0.375, 0, 0.75, 0.125, 0, 0),
  );
}

for (const { version } of migrations.filter((step) => step.version < schemaVersion)) {
  test(
    `a store of version ${version} that is killed at any statement of its migration is of the old version or the new one`,
    { tags: 'killed-migration', timeout: 120_000 },
    () => {
      const { folder, before } = storeOf(version);
      const copy = () => {
        const place = temporaryFolder();
        cpSync(folder, place, { recursive: true });
        return place;
      };
      const statements = Number(open(copy()).stdout);
      expect(statements).toBeGreaterThan(8);
      const found = new Set<number>();
      for (let last = 1; last <= statements; last++) {
        const killed = copy();
        expect(open(killed, `${last}`).signal).toBe('SIGKILL');
        const db = connectToRead(join(killed, 'labels.db'));
        const now = storedVersion(db);
        found.add(now);
        expect(quickCheck(db)).toBe('ok');
        expect([version, schemaVersion]).toContain(now);
        expect(contents(db)).toEqual(before);
        db.close();
        // What it was is kept, whole, before it becomes another.
        const backup = listBackups(killed).find(({ name }) => name.includes('before-schema'));
        if (now === schemaVersion) {
          const old = connectToRead(backup?.file ?? '');
          expect(storedVersion(old)).toBe(version);
          expect(contents(old)).toEqual(before);
          old.close();
        }
        const reopened = openStore(killed);
        expect(storedVersion(reopened)).toBe(schemaVersion);
        expect(contents(reopened)).toEqual(before);
        expect([...eachScore(readScores(reopened, 1 as RunId))]).toEqual(scores);
        reopened.close();
      }
      expect([...found].toSorted((a, b) => a - b)).toEqual([version, schemaVersion]);
    },
  );
}

test(
  'a backup that a kill interrupts is not there, and all that are there are whole',
  { tags: 'killed-migration' },
  async () => {
    const folder = temporaryFolder();
    const db = openStore(folder);
    decideOn(db, insertRoses(db, 500).images, { verdict: 'keep' });
    const all = contents(db);
    db.close();
    const random = createRandom(1);
    for (let kill = 0; kill < 8; kill++) {
      const child = spawn(process.execPath, [fixture('backer.ts'), folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      await once(child.stdout, 'data');
      setTimeout(() => child.kill('SIGKILL'), 30 * random());
      await exit;
      const backups = listBackups(folder);
      expect(backups.length).toBeGreaterThan(0);
      for (const { file } of backups) {
        const backup = connectToRead(file);
        expect(quickCheck(backup)).toBe('ok');
        expect(contents(backup)).toEqual(all);
        backup.close();
      }
    }
  },
);
