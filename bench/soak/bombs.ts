// A folder of files that are made to harm through the whole app: ranked while a page asks for every picture of it.
import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { CallName, Calls, Card } from '../../shared/contract.ts';
import { everyImage } from '../../shared/query.ts';
import { drawBombs, type BombName } from '../../main/testing/bombs.ts';
import { temporaryFolder } from '../../main/testing/folder.ts';
import { drawFlowers, put } from '../../main/testing/images.ts';
import { canMeasureMemory, proportionalBytes } from '../../main/testing/memory.ts';
import { RunningApp } from './app.ts';

/** As many as a browser sends at once. */
const browserRequests = 6;
const cardsACall = 500;

/**
 * Puts bombs into a folder, opens it as a page does, and asks for every picture while it is ranked and once it is. All
 * processes of the app together must stay below 700 MB.
 * @returns the paths of those that are refused as too large
 */
export async function rankAndShow(root: string, names?: readonly BombName[]): Promise<readonly string[]> {
  await drawFlowers(root, 3);
  const bombs = await drawBombs(names);
  for (const [name, bytes] of Object.entries(bombs)) put(root, `rose/${name}`, bytes);
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

  const app = await RunningApp.start(temporaryFolder());
  onTestFinished(() => app.kill('SIGKILL'));
  async function answer<K extends CallName>(name: K, ...args: Parameters<Calls[K]>) {
    const reply = await app.call(name, ...args);
    if (!reply.ok) throw new Error(`${name}: ${reply.error.message}`);
    return reply.value;
  }
  const from = performance.now();
  let peak = 0;
  const measuring = setInterval(
    () => (peak = Math.max(peak, Math.round(proportionalBytes(app.pid) / 1e6))),
    150,
  );
  onTestFinished(() => clearInterval(measuring));
  const { id } = await answer('project.open', { dataset: root });

  async function look() {
    const { ids } = await answer('queue.order', id, everyImage);
    const cards: Card[] = [];
    for (let from = 0; from < ids.length; from += cardsACall)
      cards.push(...(await answer('queue.cards', id, ids.slice(from, from + cardsACall))));
    const addresses = cards
      .flatMap(({ path, thumb, image }) => (basename(path) in bombs ? [thumb, image] : [thumb]))
      .values();
    const notShown: string[] = [];
    const ask = async () => {
      for (const address of addresses) {
        const reply = await app.get(address);
        await reply.arrayBuffer();
        if (reply.status !== 200) notShown.push(address);
      }
    };
    await Promise.all(Array.from({ length: browserRequests }, ask));
    return { paths: cards.map(({ path }) => path), notShown };
  }
  let early: ReturnType<typeof look> | undefined;
  for (;;) {
    const { task, failure } = await answer('project.state', id);
    expect(failure).toBeNull();
    if (task === null) break;
    if (task.phase === 'features') early ??= look();
    await pause(50);
  }
  await early;
  const problems = await answer('problems.list', id);
  const { paths, notShown } = await look();
  const seconds = ((performance.now() - from) / 1000).toFixed(1);

  expect([...paths, ...problems.map(({ path }) => path)].toSorted()).toEqual(files.toSorted());
  for (const { path, reason } of problems) expect(reason, path).not.toBe('');
  expect(paths.length).toBeGreaterThan(10);
  expect(notShown).toEqual([]);
  expect(app.isAlive).toBe(true);
  const most = canMeasureMemory
    ? `at most ${peak} MB in all processes`
    : 'memory not measured: no /proc here';
  console.info(`${files.length} files ranked and shown in ${seconds} s, ${most}`);
  expect(peak).toBeLessThan(700);
  return problems.filter(({ reason }) => reason.startsWith('too large: ')).map(({ path }) => path);
}
