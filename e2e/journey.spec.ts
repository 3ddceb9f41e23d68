// The main job from end to end, as a newcomer does it: on the sample, with nothing prepared.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  cardOf,
  cards,
  expect,
  filter,
  focused,
  listed,
  listIsReady,
  readTable,
  storedVerdicts,
  test,
} from './app.ts';

test('a newcomer cleans the sample, comes back to it, and exports it', async ({
  page,
  serve,
  folder,
  sample,
}) => {
  test.setTimeout(300_000);
  const patient = { timeout: 90_000 };
  const first = await serve();
  await page.goto(first.url);
  await page.getByRole('button', { name: 'try the sample' }).click();
  await expect(page.getByRole('progressbar', { name: 'Drawing the sample' })).toBeVisible(patient);
  await expect(page.getByText(/^[\d,]+ of 720 images · [\d,]+ images\/s · .+ left$/)).toBeVisible(patient);
  await expect(focused(page)).toBeVisible(patient);
  await listIsReady(page);

  const worst = await listed(page);
  const losses = worst.map(({ loss }) => loss);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  const truth = readTable(sample.truth);
  const labels = new Map(truth.map(({ path = '', label = '' }) => [path, label]));
  const wrong = truth.filter(({ label, truth: right }) => label !== right).map(({ path }) => path);
  expect(wrong).toEqual(expect.arrayContaining(worst.slice(0, 5).map(({ path }) => path)));

  const [relabelled, kept, excluded, undone] = worst;
  if (!relabelled || !kept || !excluded || !undone) throw new Error('Fewer than four images are listed.');
  const before = await tailOfList();
  await page.keyboard.press('Home');
  const reranked = page.waitForResponse('**/call/queue.order');
  let asked = Date.now();
  page.on('request', (request) => {
    if (request.url().includes('/call/queue.')) asked = Date.now();
  });
  await page.keyboard.press('1');
  await expect(cardOf(page, relabelled.path)).toContainText(`→ ${relabelled.looksLike}`);
  await page.keyboard.press('k');
  await expect(cardOf(page, kept.path)).toContainText('kept');
  await page.keyboard.press('x');
  await expect(cardOf(page, excluded.path)).toContainText('excluded');
  await page.keyboard.press('1');
  await page.keyboard.press('Control+z');
  await expect(cardOf(page, undone.path)).not.toContainText('→');
  await expect(focused(page)).toHaveAccessibleName(new RegExp(`^${undone.path},`));
  const { value: order }: { value: { ranking: number } } = await (await reranked).json();
  expect(order.ranking).toBeGreaterThan(1);
  // The labels that were decided on teach the others: below the fold the order is another one. It is there before the end
  // of the list is looked at, since what is in view stays in its place.
  await expect.poll(() => Date.now() - asked, patient).toBeGreaterThan(1500);
  await expect.poll(tailOfList, patient).not.toEqual(before);

  await first.stop();
  await expect(page.getByText('The connection to Toploss is lost.')).toBeVisible();
  const second = await serve();
  await page.goto(second.url);
  await page.getByRole('button', { name: 'sample/images 720 images · 3 reviewed' }).click();
  for (const [name, path] of [
    ['Relabelled', relabelled.path],
    ['Kept', kept.path],
    ['Excluded', excluded.path],
  ] as const) {
    await filter(page, name).click();
    await expect(cards(page)).toHaveCount(1);
    await expect(cardOf(page, path)).toBeVisible();
  }
  await page.keyboard.press('Control+z');
  await expect(filter(page, 'Excluded')).toHaveText('Excluded 0');
  await page.keyboard.press('Control+Shift+Z');
  await expect(filter(page, 'Excluded')).toHaveText('Excluded 1');
  const dataset = join(folder, '.toploss-user', 'sample', 'images');
  await expect
    .poll(() => storedVerdicts(dataset).map(({ path }) => path))
    .toEqual([relabelled.path, kept.path, excluded.path].toSorted());

  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('main').getByRole('button', { name: 'Export' }).click(patient);
  await expect(page.getByText(/^719 images, without 1 that is excluded, written to/)).toBeVisible(patient);
  const cleaned = new Map(labels).set(relabelled.path, relabelled.looksLike);
  cleaned.delete(excluded.path);
  expect(readTable(`${dataset}-cleaned.csv`).toSorted(byPath)).toEqual(
    [...cleaned].map(([path, label]) => ({ path: `images/${path}`, label })).toSorted(byPath),
  );

  // The sample is the same whenever it is drawn.
  const hashes = (root: string): string[] => [...labels.keys()].map((path) => hash(join(root, path)));
  expect(hashes(dataset)).toEqual(hashes(sample.dataset));

  async function tailOfList(): Promise<string[]> {
    await page.keyboard.press('End');
    await listIsReady(page);
    return (await listed(page)).map(({ path }) => path);
  }
});

const byPath = (a: { path?: string }, b: { path?: string }): number =>
  (a.path ?? '') < (b.path ?? '') ? -1 : 1;

const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
