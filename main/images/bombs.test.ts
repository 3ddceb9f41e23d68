// Files that unfold to as much as the limits let them, end to end: what they cost, on the command line and in the page.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { everyImage } from '../../shared/query.ts';
import { startApp } from '../testing/app.ts';
import { drawBombs } from '../testing/bombs.ts';
import { objectsIn, startToploss, printedBy } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, put } from '../testing/images.ts';
import { residentBytes } from '../testing/memory.ts';

/** Megabytes, of a process and its children. */
function watchMemory(pids: () => readonly number[]) {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, pids().reduce((sum, pid) => sum + residentBytes(pid), 0) / 1e6);
  }, 50);
  onTestFinished(() => clearInterval(timer));
  return () => Math.round(peak);
}

test(
  'bombs are ranked in less than 700 MB, or listed with the reason; what is ranked is shown',
  { timeout: 300_000 },
  async () => {
    const root = join(temporaryFolder(), 'bombs');
    await drawFlowers(root, 3);
    const bombs = await drawBombs();
    for (const [name, bytes] of Object.entries(bombs)) put(root, `rose/${name}`, bytes);

    const { child, outcome } = startToploss(['rank', root, '--json']);
    const ofRank = watchMemory(() => (child.pid === undefined ? [] : [child.pid]));
    const { status, stdout } = await outcome;
    expect(status).toBe(0);
    const ranked = objectsIn<{ path: string }>(stdout).map(({ path }) => path);
    const refused = [...(await printedBy('problems', root)).matchAll(/^(rose\/.*?): too large: /gm)].map(
      ([, path = '']) => path,
    );
    expect([...ranked, ...refused].toSorted()).toEqual(
      [...readdirSync(root)]
        .flatMap((name) => readdirSync(join(root, name)).map((file) => `${name}/${file}`))
        .toSorted(),
    );
    expect(refused.length).toBeGreaterThan(5);
    expect(ofRank()).toBeLessThan(700);

    const app = await startApp();
    const { id } = await app.open(root);
    const { ids } = await app.call('queue.order', id, everyImage);
    const cards = await app.call('queue.cards', id, [...ids]);
    const [first] = cards;
    expect((await app.get(first?.thumb ?? '')).status).toBe(200);
    const ofPage = watchMemory(() => [app.process('images')]);
    const replies = await Promise.all(
      cards.flatMap(({ thumb, image }) => [thumb, image].map((address) => app.get(address))),
    );
    expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => 200));
    expect(ofPage()).toBeLessThan(600);
    console.info(`bombs: at most ${ofRank()} MB to rank, ${ofPage()} MB in the process that makes pictures`);
  },
);
