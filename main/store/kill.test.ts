import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createRandom } from '../math/random.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { insertRoses } from '../testing/store.ts';
import { allStandings, eventLog } from '../labels/labels.ts';
import { formatLabel } from './labelText.ts';
import { lockProject } from './lock.ts';
import { openStore, type Db } from './open.ts';

const kills = Number(process.env['TOPLOSS_KILLS'] ?? 100);
const images = 40;

test(
  `every acknowledged verdict is there after each of ${kills} kills at random moments`,
  { timeout: kills * 2_000, tags: 'killed-labelling' },
  async () => {
    const folder = temporaryFolder();
    const db = openStore(folder);
    insertRoses(db, images);
    db.close();
    const random = createRandom(1);
    let acknowledged = 0;

    for (let kill = 0; kill < kills; kill++) {
      const said = await labelUntilKilled(folder, acknowledged, 5 + 60 * random());
      acknowledged += said;

      // Nobody holds the lock any more, and the store opens as it is.
      lockProject(folder)();
      const reopened = openStore(folder);
      expect(reopened.pragma('integrity_check', { simple: true })).toBe('ok');
      const events =
        reopened.prepare<[], { n: number }>('SELECT count(*) AS n FROM label_events').get()?.n ?? 0;
      // Two events a decision: no half of one, and at most the one that was not answered any more on top.
      expect(events % 2).toBe(0);
      expect([acknowledged, acknowledged + 1]).toContain(events / 2);
      acknowledged = events / 2;
      if (kill % 10 === 9) expectLabelsToFollowTheLog(reopened);
      reopened.close();
    }
    expect(acknowledged).toBeGreaterThan(kills);
  },
);

/** Starts a process that labels, and kills it so many milliseconds after its first answer. @returns its answers. */
async function labelUntilKilled(folder: string, from: number, ms: number): Promise<number> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./fixtures/labeller.ts', import.meta.url)), folder, `${images}`, `${from}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    },
  );
  const exit = once(child, 'exit');
  const closed = once(child.stdout, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), ms);
    output += text;
  });
  await exit;
  await closed;
  return output.split('\n').length - 1;
}

function expectLabelsToFollowTheLog(db: Db): void {
  const derived = new Map(
    eventLog(db).map(({ image, to, toVerdict }) => [image, [formatLabel(to), toVerdict]] as const),
  );
  for (const { image, label, verdict } of allStandings(db)) {
    if (derived.has(image)) expect([formatLabel(label), verdict]).toEqual(derived.get(image));
    else expect([label, verdict]).toEqual([[1], null]);
  }
}
