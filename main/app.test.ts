import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Card, EventMessage, ProjectState, QueueQuery } from '../shared/contract.ts';
import type { ClassId, ImageId } from '../shared/domain.ts';
import { everyImage as all } from '../shared/query.ts';
import { startApp, trainTiny, type TestApp } from './testing/app.ts';
import { makeDeadly, makeDecodersFragile } from './testing/deadly.ts';
import { temporaryFolder } from './testing/folder.ts';
import { drawFlower, drawFlowers, put } from './testing/images.ts';

interface Ready {
  readonly app: TestApp;
  readonly root: string;
  readonly state: ProjectState;
}

/** An app with a ranked data set. The first training is by the tiny backbone. */
async function ready(perClass: number): Promise<Ready> {
  const folder = temporaryFolder();
  const root = join(folder, 'flowers');
  await drawFlowers(root, perClass);
  const app = await startApp();
  return { app, root, state: await trainTiny(app, root) };
}

async function cards(app: TestApp, { id }: ProjectState): Promise<Card[]> {
  const { ids } = await app.call('queue.order', id, all);
  const pages = Array.from({ length: Math.ceil(ids.length / 500) }, (_, i) =>
    ids.slice(500 * i, 500 * i + 500),
  );
  return (await Promise.all(pages.map((page) => app.call('queue.cards', id, [...page])))).flat();
}

async function cardAt(app: TestApp, state: ProjectState, path: string): Promise<Card> {
  const card = (await cards(app, state)).find((candidate) => candidate.path === path);
  if (!card) throw new Error(`there is no card of ${path}`);
  return card;
}

const classNamed = ({ classes }: ProjectState, name: string) => {
  const found = classes.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no class ${name}`);
  return found.id;
};

test('opening a data set imports and ranks it, with progress', async () => {
  const { app, root } = await ready(10);
  await app.close();
  const again = await startApp();
  put(root, 'rose/wrong.png', await drawFlower('violet', 901));
  put(root, 'rose/notes.txt', 'not an image');
  const opening = await again.call('project.open', { dataset: root });
  expect(opening.task).toMatchObject({ phase: 'import', done: 0 });
  const state = await again.until(opening, ({ task }) => task === null);
  expect(state).toMatchObject({
    name: 'flowers',
    dataset: root,
    images: 31,
    problems: 1,
    stale: false,
    failure: null,
    verdicts: { none: 31, relabel: 0, keep: 0, exclude: 0, unsure: 0 },
  });
  expect(state.run).toMatchObject({ backbone: 'tiny', images: 31, stale: false });
  const [worst] = await cards(again, state);
  expect(worst).toMatchObject({ path: 'rose/wrong.png', rank: 1, width: 16, height: 16 });
  expect(worst?.suggestions[0]?.class).toBe(classNamed(state, 'violet'));
  expect(await again.call('problems.list', state.id)).toEqual([
    { path: 'rose/notes.txt', reason: 'not an image' },
  ]);
});

test('a data set that is named at the start is open before a page asks; why it cannot be is told to the page', async () => {
  const { app, root } = await ready(4);
  await app.close();
  const named = await startApp(undefined, { dataset: root });
  named.begin();
  const other = await startApp();
  expect(await other.reply('project.open', { dataset: root })).toMatchObject({ error: { code: 'busy' } });
  // Two pages ask at once, while it is still being read.
  const [one, two] = await Promise.all([named.open(root), named.open(root)]);
  expect(one).toMatchObject({ images: 12, failure: null });
  expect(two.id).toBe(one.id);
  const dataset = join(root, 'nowhere');
  const missing = await startApp(undefined, { dataset });
  missing.begin();
  expect(await missing.reply('project.open', { dataset })).toMatchObject({ error: { code: 'not-found' } });
});

test('how many errors remain is said as well where what runs after the opening is cancelled', async () => {
  const { app, root } = await ready(4);
  await app.close();
  const again = await startApp();
  const opening = await again.call('project.open', { dataset: root });
  await again.call('task.cancel', opening.id);
  const state = await again.until(opening, ({ task }) => task === null);
  expect(state.failure).toMatchObject({ code: 'cancelled' });
  expect(state.stop).not.toBeNull();
});

test('each decision re-ranks, so that losses follow it, and undo and redo too', async () => {
  const { app, state } = await ready(12);
  const before = await cardAt(app, state, 'rose/0.png');
  const tulip = classNamed(state, 'tulip');
  const decided = await app.decide(state.id, [before.id], {
    verdict: 'relabel',
    label: [tulip],
  });
  expect(decided).toMatchObject({ undo: 'relabel rose/0.png as tulip', redo: null, stale: true });
  expect(decided.run?.stale).toBe(true);
  expect(decided.revision).toBeGreaterThan(state.revision);

  const ranked = await app.until(state, ({ stale }) => !stale);
  expect(ranked.ranking).toBeGreaterThan(state.ranking);
  const after = await cardAt(app, ranked, 'rose/0.png');
  expect(after).toMatchObject({ label: [tulip], verdict: 'relabel', importedLabel: before.label });
  expect(after.loss).toBeGreaterThan((before.loss ?? 0) + 0.5);

  expect(await app.act('labels.undo', state.id)).toMatchObject({
    undo: null,
    redo: 'relabel rose/0.png as tulip',
  });
  await app.until(state, ({ stale, ranking }) => !stale || ranking > ranked.ranking);
  await app.until(state, ({ ranking }) => ranking > ranked.ranking);
  expect((await cardAt(app, state, 'rose/0.png')).loss).toBeCloseTo(before.loss ?? -1, 4);
  const { ranking } = await app.act('labels.redo', state.id);
  await app.until(state, (now) => now.ranking > ranking);
  expect((await cardAt(app, state, 'rose/0.png')).loss).toBeCloseTo(after.loss ?? -1, 4);
});

test('after many decisions the order is that of a new training on the same labels', async () => {
  const { app, root, state } = await ready(20);
  put(root, 'daisy/0.png', await drawFlower('tulip', 700));
  const wrong = await cards(app, state);
  const { id: lily } = await app.call('classes.add', state.id, 'lily');
  const labels = ['rose', 'tulip', 'violet'].map((name) => classNamed(state, name));
  const image = (i: number) => wrong[i]?.id ?? (0 as ImageId);
  for (let i = 0; i < 12; i++) {
    const label = [labels[i % 3] ?? lily];
    await app.decide(state.id, [image(i)], { verdict: 'relabel', label });
  }
  for (let i = 12; i < 16; i++) await app.decide(state.id, [image(i)], { verdict: 'exclude' });
  for (let i = 0; i < 3; i++) await app.act('labels.undo', state.id);
  const bulk = wrong.slice(20, 24).map(({ id }) => id);
  await app.decide(state.id, bulk, { verdict: 'relabel', label: [lily] });
  await app.until(state, ({ stale }) => !stale);
  const live = await cards(app, state);

  // Closed and opened again, the head is fitted on the same labels with parameters of its own choice.
  await app.close();
  const again = await startApp();
  const reopened = await again.open(root);
  const trained = await cards(again, reopened);
  const rankOf = new Map(trained.map(({ path, rank }) => [path, rank ?? 0]));
  const ranked = live.filter(({ rank }) => rank !== null);
  expect(ranked).toHaveLength(59);
  const shifts = ranked.map(({ path, rank }) => Math.abs((rank ?? 0) - (rankOf.get(path) ?? 0)));
  expect(shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length).toBeLessThan(3);
  expect(trained.map(({ path }) => path)).toContain('daisy/0.png');
});

test('the queue is filtered by verdict, class, prediction, split and words, and sorted', async () => {
  const folder = temporaryFolder();
  const root = join(folder, 'flowers');
  for (const split of ['train', 'valid']) await drawFlowers(join(root, split), split === 'train' ? 6 : 2);
  put(root, 'train/rose/wrong.png', await drawFlower('violet', 901));
  put(root, 'train/unlabelled.png', await drawFlower('tulip', 902));
  const app = await startApp();
  const state = await trainTiny(app, root);
  expect(state.splits).toEqual(['train', 'valid']);
  const [rose, tulip, violet] = ['rose', 'tulip', 'violet'].map((name) => classNamed(state, name)) as [
    ClassId,
    ClassId,
    ClassId,
  ];
  const pathOf = new Map((await cards(app, state)).map(({ id, path }) => [id, path]));
  const paths = async (query: Partial<QueueQuery>) => {
    const { ids } = await app.call('queue.order', state.id, { ...all, ...query });
    return ids.map((id) => pathOf.get(id) ?? '');
  };
  const idOf = (path: string) => [...pathOf].find(([, other]) => other === path)?.[0] ?? (0 as ImageId);
  for (const [path, verdict] of [
    ['train/violet/1.png', 'keep'],
    ['train/violet/2.png', 'exclude'],
    ['train/tulip/1.png', 'unsure'],
  ] as const) {
    await app.decide(state.id, [idOf(path)], { verdict });
  }
  await app.until(state, ({ stale }) => !stale);

  const byLoss = await paths({});
  expect(byLoss).toHaveLength(26);
  expect(byLoss[0]).toBe('train/rose/wrong.png');
  // Without a label there is no loss.
  expect(byLoss.at(-1)).toBe('train/unlabelled.png');
  expect(await paths({ sort: 'file' })).toEqual(byLoss.toSorted());
  expect(await paths({ verdicts: ['keep'] })).toEqual(['train/violet/1.png']);
  expect(await paths({ verdicts: ['keep', 'exclude'], sort: 'file' })).toEqual([
    'train/violet/1.png',
    'train/violet/2.png',
  ]);
  expect(await paths({ verdicts: ['none'] })).toHaveLength(23);
  expect(await paths({ sort: 'verdict' })).toMatchObject([
    'train/tulip/1.png',
    'train/violet/2.png',
    'train/violet/1.png',
    ...Array(23).fill(expect.any(String)),
  ]);
  expect(await paths({ classes: [tulip], splits: ['valid'], sort: 'file' })).toEqual([
    'valid/tulip/0.png',
    'valid/tulip/1.png',
  ]);
  expect(await paths({ classes: [rose], predicted: violet })).toEqual(['train/rose/wrong.png']);
  expect(await paths({ predicted: tulip })).toContain('train/unlabelled.png');
  expect(await paths({ search: 'WRONG' })).toEqual(['train/rose/wrong.png']);
  expect(await paths({ search: 'nothing of the kind' })).toEqual([]);
  const classes = (await paths({ sort: 'class' })).map((path) => path.split('/')[1]);
  expect(classes).toEqual([
    'unlabelled.png',
    ...Array(9).fill('rose'),
    ...Array(8).fill('tulip'),
    ...Array(8).fill('violet'),
  ]);
});

test('an image that is excluded leaves the ranking, and clear brings it back', async () => {
  const { app, state } = await ready(8);
  const card = await cardAt(app, state, 'tulip/3.png');
  await app.decide(state.id, [card.id], { verdict: 'exclude' });
  let now = await app.until(state, ({ stale }) => !stale);
  expect(now.verdicts.exclude).toBe(1);
  expect(now.classes.find(({ name }) => name === 'tulip')?.images).toBe(7);
  expect((await cardAt(app, now, 'tulip/3.png')).rank).toBeNull();
  await app.decide(state.id, [card.id], { verdict: 'clear' });
  now = await app.until(state, ({ stale }) => !stale);
  expect((await cardAt(app, now, 'tulip/3.png')).loss).toBeCloseTo(card.loss ?? -1, 4);
});

test('a new class can be given at once', async () => {
  const { app, state } = await ready(8);
  const { id: lily } = await app.call('classes.add', state.id, '  lily ');
  expect((await app.call('classes.add', state.id, 'lily')).id).toBe(lily);
  const { ids } = await app.call('queue.order', state.id, all);
  await app.decide(state.id, ids.slice(0, 5), { verdict: 'relabel', label: [lily] });
  const now = await app.until(state, ({ stale, ranking }) => !stale && ranking > state.ranking);
  expect(now.failure).toBeNull();
  expect(now.classes.find(({ name }) => name === 'lily')).toMatchObject({ images: 5 });
  const suggested = (await cards(app, now)).flatMap(({ suggestions }) => suggestions.map((s) => s.class));
  expect(suggested).toContain(lily);
});

test('decisions that are made while a training runs are kept, and the ranking follows them after it', async () => {
  const { app, root, state } = await ready(8);
  for (let i = 0; i < 200; i++) put(root, `rose/more${i}.png`, await drawFlower('rose', 5000 + i));
  const card = await cardAt(app, state, 'violet/0.png');
  const rose = classNamed(state, 'rose');
  await app.act('runs.train', state.id, null);
  await app.until(state, ({ task }) => task === null || task.phase !== 'import');
  const decided = await app.decide(state.id, [card.id], { verdict: 'relabel', label: [rose] });
  expect(decided.task).not.toBeNull();
  const now = await app.until(state, ({ task, stale }) => task === null && !stale);
  const after = await cardAt(app, now, 'violet/0.png');
  expect(after).toMatchObject({ label: [rose], verdict: 'relabel' });
  expect(after.loss).toBeGreaterThan((card.loss ?? 0) + 0.5);
  expect(now).toMatchObject({ images: 224, stale: false });
});

test('a training that is cancelled stops, and goes on only when it is asked to', async () => {
  const { app, root, state } = await ready(8);
  for (let i = 0; i < 600; i++) put(root, `rose/more${i}.png`, await drawFlower('rose', 5000 + i));
  await app.act('runs.train', state.id, null);
  await app.until(state, ({ task }) => task?.phase === 'features');
  const { reply } = app;
  expect(await reply('runs.train', state.id, null)).toMatchObject({ ok: false, error: { code: 'busy' } });
  await app.call('task.cancel', state.id);
  const cancelled = await app.until(state, ({ task }) => task === null);
  expect(cancelled.failure?.code).toBe('cancelled');
  expect(cancelled).toMatchObject({ images: 624, stale: true });

  // Decisions are followed all the same, on what was ranked before.
  const card = await cardAt(app, state, 'violet/0.png');
  const label = [classNamed(state, 'rose')];
  await app.decide(state.id, [card.id], { verdict: 'relabel', label });
  await app.until(state, ({ ranking }) => ranking > cancelled.ranking);
  const followed = await cardAt(app, state, 'violet/0.png');
  expect(followed.loss).toBeGreaterThan((card.loss ?? 0) + 0.5);
  expect((await cardAt(app, state, 'rose/more599.png')).loss).toBeNull();
});

test(
  'the ranking follows decisions again after the trainer process was killed',
  { tags: 'trainer-crash' },
  async () => {
    const { app, state } = await ready(8);
    process.kill(app.process('trainer'), 'SIGKILL');
    const card = await cardAt(app, state, 'violet/0.png');
    const label = [classNamed(state, 'rose')];
    // Whether or not its end has been noticed by now, the verdict is stored.
    const decided = await app.decide(state.id, [card.id], { verdict: 'relabel', label });
    expect(decided.verdicts.relabel).toBe(1);
    await app.until(state, ({ failure, stale }) => failure !== null || !stale);
    await app.decide(state.id, [card.id], { verdict: 'exclude' });
    const now = await app.until(state, ({ stale }) => !stale);
    expect(now.failure).toBeNull();
  },
);

test('a decision that leaves one class only says why there is no ranking, until it is undone', async () => {
  const { app, state } = await ready(5);
  const tooMany = (await cards(app, state)).filter(({ path }) => !path.startsWith('rose'));
  const ids = tooMany.map(({ id }) => id);
  await app.decide(state.id, ids, { verdict: 'exclude' });
  const stuck = await app.until(state, ({ failure }) => failure !== null);
  expect(stuck.failure?.code).toBe('empty');
  expect(stuck.verdicts.exclude).toBe(10);
  await app.act('labels.undo', state.id);
  const now = await app.until(state, ({ failure, stale }) => failure === null && !stale);
  expect((await cards(app, now)).every(({ loss }) => loss !== null)).toBe(true);
});

test('decisions are there after a restart, and can be undone', async () => {
  const { app, root, state } = await ready(6);
  const { ids } = await app.call('queue.order', state.id, all);
  await app.decide(state.id, [...ids].slice(0, 5), { verdict: 'exclude' });
  await app.close();
  const again = await startApp();
  const now = await again.open(root);
  expect(now).toMatchObject({ undo: 'exclude 5 images', stale: false, id: state.id });
  expect(now.verdicts.exclude).toBe(5);
  const undone = await again.act('labels.undo', now.id);
  expect(undone.verdicts).toMatchObject({ none: 18, exclude: 0 });
  const ranked = await again.until(now, ({ stale }) => !stale);
  expect((await cards(again, ranked)).every(({ loss }) => loss !== null)).toBe(true);
});

test('a data set is one project, whichever way its path is written', async () => {
  const { app, root, state } = await ready(4);
  symlinkSync(root, `${root}.link`);
  for (const dataset of [`${root}/`, `${root}/../flowers`, `${root}.link`])
    expect((await app.open(dataset)).id).toBe(state.id);
});

test('a project that another app has open is refused, naming it', { tags: 'opened-twice' }, async () => {
  const { root } = await ready(4);
  const other = await startApp();
  const answer = await other.reply('project.open', { dataset: root });
  expect(answer).toMatchObject({ ok: false, error: { code: 'busy' } });
  expect(JSON.stringify(answer)).toContain(`process ${process.pid}`);
});

test('a verdict is stored although the list of recent projects cannot be written', async () => {
  const userData = temporaryFolder();
  mkdirSync(join(userData, 'recent.json.new'));
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, 4);
  const app = await startApp(userData);
  const state = await trainTiny(app, root);
  const { ids } = await app.call('queue.order', state.id, all);
  const decided = await app.decide(state.id, [...ids].slice(0, 1), { verdict: 'keep' });
  expect(decided.verdicts.keep).toBe(1);
});

test('recent projects are listed with their counts after a restart, and can be forgotten', async () => {
  const userData = temporaryFolder();
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, 4);
  const app = await startApp(userData);
  const { id, folder } = await trainTiny(app, root);
  const { ids } = await app.call('queue.order', id, all);
  await app.decide(id, [...ids].slice(0, 5), { verdict: 'keep' });
  await app.close();
  const again = await startApp(userData);
  const recent = await again.call('projects.recent');
  expect(recent).toMatchObject([{ dataset: root, name: 'flowers', images: 12, reviewed: 5, missing: false }]);
  await again.call('projects.forget', root);
  expect(await again.call('projects.recent')).toEqual([]);
  expect(existsSync(join(folder, 'labels.db'))).toBe(true);
});

test('an export is written in the background, with the current labels', async () => {
  const { app, root, state } = await ready(4);
  const card = await cardAt(app, state, 'rose/0.png');
  const label = [classNamed(state, 'tulip')];
  await app.decide(state.id, [card.id], { verdict: 'relabel', label });
  const to = join(root, '../cleaned.csv');
  await app.act('export.start', state.id, { format: 'csv', to });
  const done = await app.until(state, ({ task }) => task === null);
  expect(done).toMatchObject({ failure: null, lastExport: { to, format: 'csv', written: 12, excluded: 0 } });
  expect(readFileSync(to, 'utf8')).toContain('rose/0.png,tulip');
  await app.act('export.start', state.id, { format: 'csv', to });
  expect((await app.until(state, ({ task }) => task === null)).failure?.message).toContain(to);
});

test('an image tells its history', async () => {
  const { app, state } = await ready(4);
  const card = await cardAt(app, state, 'rose/0.png');
  await app.decide(state.id, [card.id], { verdict: 'exclude' });
  await app.act('labels.undo', state.id);
  const details = await app.call('image.details', state.id, card.id);
  expect(details.bytes).toBeGreaterThan(100);
  expect(details.history.map(({ what }) => what)).toEqual(['exclude', 'undo']);
  expect(await app.reply('image.details', state.id, 999 as ImageId)).toMatchObject({
    ok: false,
    error: { code: 'not-found' },
  });
});

test('runs are listed and compared', async () => {
  const { app, state } = await ready(6);
  const card = await cardAt(app, state, 'rose/0.png');
  await app.decide(state.id, [card.id], { verdict: 'exclude' });
  await app.act('runs.train', state.id, null);
  await app.until(state, ({ task }) => task === null);
  const runs = await app.call('runs.list', state.id);
  expect(runs.map(({ backbone, stale }) => [backbone, stale])).toEqual([
    ['tiny', true],
    ['tiny', false],
  ]);
  const [before, after] = runs.map(({ id }) => id);
  if (!before || !after) throw new Error('two runs were expected');
  const comparison = await app.call('runs.compare', state.id, before, after);
  // The excluded image is in no ranking.
  expect(comparison).toMatchObject({ compared: 17, before: { id: before }, after: { id: after } });
  expect(await app.reply('runs.compare', state.id, before, 99 as never)).toMatchObject({
    ok: false,
    error: { code: 'not-found' },
  });
});

/** One decision, right or wrong. */
const about = (images: unknown[], verdict: string, label?: unknown[]) => ({
  images,
  decision: { verdict, ...(label && { label }) },
});

test(
  'a call that is not known, or whose arguments are off, says so and does nothing',
  { tags: 'closed-fields' },
  async () => {
    const { app, state } = await ready(4);
    const post = (name: string, body: string) => app.get(`/call/${name}`, { method: 'POST', body });
    expect((await post('labels.destroy', '[]')).status).toBe(404);
    expect((await post('constructor', '[]')).status).toBe(404);
    expect((await app.get('/call/app.info')).status).toBe(405);

    const wrong: Record<string, [unknown, string]> = {
      'not JSON': ['{', 'not JSON'],
      'an object': [{}, ''],
      'an id of another kind': [[state.id, [about(['1'], 'keep')]], 'at 1.0.images.0'],
      'no image': [[state.id, [about([], 'keep')]], 'at 1.0.images'],
      'no decision': [[state.id, []], 'at 1'],
      'a verdict that there is not': [[state.id, [about([1], 'burn')]], 'at 1.0.decision'],
      'a relabel without a label': [[state.id, [about([1], 'relabel', [])]], 'at 1.0.decision'],
      'a path for a project': [['../../etc', [about([1], 'keep')]], 'at 0'],
      'one argument too many': [[state.id, [about([1], 'keep')], 1], ''],
    };
    for (const [what, [args, place]] of Object.entries(wrong)) {
      const response = await post('labels.decide', typeof args === 'string' ? args : JSON.stringify(args));
      expect(response.status, what).toBe(400);
      const answer = (await response.json()) as { error: { code: string; message: string } };
      expect(answer.error.code, what).toBe('bad-request');
      expect(answer.error.message, what).toContain(place);
    }
    for (const [images, label] of [
      [[1, 999], [1]],
      [[1], [99]],
    ] as never[][]) {
      const decision = { verdict: 'relabel', label: label as never } as const;
      expect(
        await app.reply('labels.decide', state.id, [{ images: images as never, decision }]),
      ).toMatchObject({
        error: { code: 'not-found' },
      });
    }
    const several = { verdict: 'relabel', label: [1, 2] as never } as const;
    expect(
      await app.reply('labels.decide', state.id, [{ images: [1 as ImageId], decision: several }]),
    ).toMatchObject({
      error: { code: 'bad-request' },
    });
    expect((await app.call('project.state', state.id)).verdicts.none).toBe(12);
  },
);

test('events are numbered and resumed after any of the last ones, and told to start anew when that is too long ago', async () => {
  const { app, state } = await ready(4);
  const fresh = await readEvents(app, '', 1);
  expect(fresh[0]?.name).toBe('reset');
  const start = fresh[0]?.sequence ?? 0;
  for (let i = 0; i < 3; i++) await app.call('classes.add', state.id, `class ${i}`);
  const missed = await readEvents(app, `?after=${start}`, 3);
  expect(missed.map(({ sequence }) => sequence)).toEqual([start + 1, start + 2, start + 3]);
  expect(missed.map(({ name }) => name)).toEqual(Array(3).fill('project.changed'));

  for (let i = 0; i < 300; i++) await app.call('classes.add', state.id, 'class 0');
  expect((await readEvents(app, `?after=${start}`, 1))[0]).toMatchObject({ name: 'reset' });
  for (const nonsense of ['?after=', '?after=x', '?after=-1', '?after=99999999'])
    expect((await readEvents(app, nonsense, 1))[0], nonsense).toMatchObject({ name: 'reset' });
});

test.each([3, 1000])('a key is answered and told in less than 3 kB, with %i classes', async (classes) => {
  const { app, state } = await ready(4);
  for (let i = 3; i < classes; i++) await app.call('classes.add', state.id, `class ${i}`);
  const [card] = await cards(app, state);
  const [{ sequence } = { sequence: 0 }] = await readEvents(app, '', 1);
  const change = await app.call('labels.decide', state.id, [
    { images: [card?.id ?? (0 as ImageId)], decision: { verdict: 'keep' } },
  ]);
  const { label, base } = card ?? {};
  expect(change.images).toEqual([{ id: card?.id, label, base, verdict: 'keep' }]);
  const [told] = await readEvents(app, `?after=${sequence}`, 1);
  // A page that did not ask is told the same.
  expect(told).toMatchObject({ name: 'project.changed', payload: change });
  expect(JSON.stringify(change).length + JSON.stringify(told).length).toBeLessThan(3000);
  // A label that is trained on goes to another class: that is still no more than two of them.
  const violet = classNamed(state, 'violet');
  const relabelled = await app.call('labels.decide', state.id, [
    { images: [card?.id ?? (0 as ImageId)], decision: { verdict: 'relabel', label: [violet] } },
  ]);
  expect(relabelled.classes.length).toBeLessThanOrEqual(2);
  expect(JSON.stringify(relabelled).length).toBeLessThan(3000);
});

test(
  'a reader that was too slow is told to read all state anew as soon as it reads on',
  { tags: 'unread-stream' },
  async () => {
    const { app, state } = await ready(4);
    const response = await app.get('/events');
    for (let i = 0; i < 200; i++) await app.call('classes.add', state.id, 'class');
    const lines = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    let last: EventMessage | undefined;
    while (last?.name !== 'reset' || last.sequence === 0 || text.split('\n').length < 10) {
      const { value = '', done = true } = (await lines?.read()) ?? {};
      if (done) break;
      text += value;
      last = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as EventMessage)
        .at(-1);
    }
    const { revision } = await app.call('project.state', state.id);
    expect(revision).toBeGreaterThan(200);
    expect(last?.name).toBe('reset');
    await lines?.cancel();
  },
);

test(
  'thumbnails and pictures are encoded anew, whatever the files claim to be',
  { tags: 'encoded-anew' },
  async () => {
    const { app, root, state: before } = await ready(4);
    const large = await sharp({ create: { width: 1500, height: 900, channels: 3, background: 'teal' } })
      .jpeg()
      .withExif({ IFD0: { Copyright: 'private' } })
      .toBuffer();
    put(root, 'rose/page.html', Buffer.concat([large, Buffer.from('<script>alert(1)</script>')]));
    await app.act('runs.train', before.id, null);
    const state = await app.until(before, ({ task }) => task === null);
    const small = await cardAt(app, state, 'rose/0.png');
    const big = await cardAt(app, state, 'rose/page.html');
    const shown = [
      [small.thumb, 'image/webp', 16],
      [small.image, 'image/png', 16],
      [big.thumb, 'image/webp', 320],
      [big.image, 'image/jpeg', 1500],
    ] as const;
    for (const [address, type, width] of shown) {
      const response = await app.get(address);
      expect(response.status, address).toBe(200);
      expect(response.headers.get('Content-Type')).toBe(type);
      expect(response.headers.get('Content-Security-Policy')).toBe("sandbox; default-src 'none'");
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(response.headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(bytes.includes('script')).toBe(false);
      expect(bytes.includes('private')).toBe(false);
      const metadata = await sharp(bytes).metadata();
      expect([`image/${metadata.format}`, metadata.width]).toEqual([type, width]);
    }
  },
);

test('a picture that cannot be shown answers with the reason', async () => {
  const { app, root, state } = await ready(4);
  const card = await cardAt(app, state, 'rose/0.png');
  put(root, 'rose/0.png', (await drawFlower('rose', 1)).subarray(0, 60));
  const response = await app.get(card.image);
  expect(response.status).toBe(404);
  expect(await response.text()).toMatch(/rose\/0\.png can't be shown: damaged/);
});

test('paths that lead out are nothing to the app', { tags: 'traversal' }, async () => {
  const { app, state } = await ready(4);
  const { id } = await cardAt(app, state, 'rose/0.png');
  const addresses = [
    `/image/${state.id}/..%2f..%2fetc%2fpasswd`,
    `/image/${state.id}/%2e%2e/${id}`,
    `/image/${state.id}/`,
    `/image/${state.id}/0`,
    `/image/${state.id}/${id}x`,
    `/image/../${id}`,
    `/image/0000000000000000/${id}`,
    '/thumb/',
    '/../package.json',
    '/%2e%2e%2fpackage.json',
    '//etc/passwd',
    '/assets/..%5c..%5cpackage.json',
    '/.git/config',
  ];
  for (const address of addresses) expect((await app.get(address)).status, address).toBe(404);
});

test(
  'the next picture is shown after the process that makes them was killed',
  { tags: 'decoder-dies' },
  async () => {
    const { app, state } = await ready(4);
    const [first, second] = await cards(app, state);
    expect((await app.get(first?.image ?? '')).status).toBe(200);
    process.kill(app.process('images'), 'SIGKILL');
    await expect.poll(async () => (await app.get(second?.image ?? '')).status).toBe(200);
  },
);

test(
  'a picture that kills its decoder fails alone, and all that were asked for with it are shown',
  { tags: 'decoder-dies' },
  async () => {
    const { app, state, root } = await ready(4);
    const all = await cards(app, state);
    makeDecodersFragile();
    makeDeadly(root, all[2]?.path ?? '');
    const replies = await Promise.all(all.map(({ image }) => app.get(image)));
    expect(replies.map(({ status }) => status)).toEqual(all.map((_, i) => (i === 2 ? 404 : 200)));
    expect(await replies[2]?.text()).toContain('its decoder ended (killed by SIGSEGV)');
  },
);

test('a thumbnail is shown although it cannot be kept', async () => {
  const { app, state } = await ready(4);
  put(state.folder, 'cache/thumbs', 'a file in the way');
  const [first] = await cards(app, state);
  expect((await app.get(first?.thumb ?? '')).status).toBe(200);
});

test('every answer carries the headers of its kind', { tags: 'electron-7-policy' }, async () => {
  const app = await startApp();
  const answers = await Promise.all([
    app.get('/'),
    app.get('/nowhere'),
    app.get('/events'),
    app.get('/call/app.info', { method: 'POST', body: '[]' }),
    app.get('/call/nothing', { method: 'POST', body: '[]' }),
    app.get('/image/x/1'),
  ]);
  for (const { headers } of answers) {
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  }
  await answers[2]?.body?.cancel();
});

test('pages see how far the sample is drawn; it is cancelled without a trace, and drawn and opened by one call', async () => {
  const app = await startApp();
  const cancelled = app.reply('project.sample');
  const [, first] = await readEvents(app, '', 2);
  expect(first).toMatchObject({ name: 'sample.drawing', payload: { total: 720, unit: 'images' } });
  await app.call('sample.cancel');
  expect(await cancelled).toMatchObject({ ok: false, error: { code: 'cancelled' } });

  const state = await app.call('project.sample');
  expect(state).toMatchObject({ name: 'sample/images' });
  await app.call('task.cancel', state.id);
  const done = await app.until(state, ({ task }) => task === null);
  expect(done.failure?.code).toBe('cancelled');
});

/** The first lines of the stream of events. */
async function readEvents(app: TestApp, query: string, count: number): Promise<EventMessage[]> {
  const response = await app.get(`/events${query}`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (text.split('\n').length <= count) text += (await reader?.read())?.value ?? '';
  await reader?.cancel();
  return text
    .split('\n')
    .slice(0, count)
    .map((line) => JSON.parse(line) as EventMessage);
}
