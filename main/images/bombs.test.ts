// A folder of files that are made to harm, and of some that broke other decoders, through the whole app: ranked while a
// page asks for every picture of it.
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { CallName, Calls, Card } from '../../shared/contract.ts';
import { everyImage } from '../../shared/query.ts';
import { RunningApp } from '../../bench/soak/app.ts';
import { drawBombs } from '../testing/bombs.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, put } from '../testing/images.ts';
import { canMeasureMemory, proportionalBytes } from '../testing/memory.ts';

const corpus = fileURLToPath(new URL('../../../shared/data/bad-images', import.meta.url));
/** As many as a browser sends at once. */
const browserRequests = 6;
const cardsACall = 500;

/** Opens the folder as a page does, and asks for every picture while it is ranked and once it is. */
async function rankAndShow(root: string): Promise<void> {
  await drawFlowers(root, 3);
  const bombs = await drawBombs();
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
    if (task.kind === 'features') early ??= look();
    await pause(50);
  }
  await early;
  const problems = await answer('problems.list', id);
  const { paths, notShown } = await look();
  const seconds = ((performance.now() - from) / 1000).toFixed(1);

  expect([...paths, ...problems.map(({ path }) => path)].toSorted()).toEqual(files.toSorted());
  for (const { path, reason } of problems) expect(reason, path).not.toBe('');
  expect(paths.length).toBeGreaterThan(10);
  expect(problems.filter(({ reason }) => reason.startsWith('too large: ')).length).toBeGreaterThan(5);
  expect(notShown).toEqual([]);
  expect(app.isAlive).toBe(true);
  const most = canMeasureMemory
    ? `at most ${peak} MB in all processes`
    : 'memory not measured: no /proc here';
  console.info(`${files.length} files ranked and shown in ${seconds} s, ${most}`);
  expect(peak).toBeLessThan(700);
}

const title = 'are ranked in less than 700 MB, or listed with the reason; what is ranked is shown';

test(
  `bombs among files that break decoders ${title}`,
  { tags: 'hostile-images', timeout: 300_000 },
  async ({ skip }) => {
    skip(!existsSync(corpus), 'the files that break decoders are not beside the repository');
    const root = join(temporaryFolder(), 'hostile');
    cpSync(corpus, root, { recursive: true });
    await rankAndShow(root);
  },
);

test(`bombs alone ${title}`, { tags: 'hostile-images', timeout: 300_000 }, async ({ skip }) => {
  skip(existsSync(corpus), 'they are tried among the files that break decoders');
  await rankAndShow(join(temporaryFolder(), 'bombs'));
});
