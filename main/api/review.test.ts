import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Card, ProjectState, QueueQuery } from '../../shared/contract.ts';
import type { ImageId } from '../../shared/domain.ts';
import { everyImage as all } from '../../shared/query.ts';
import { startApp, type TestApp } from '../testing/app.ts';
import { writeTinyBackbone } from '../testing/backbone.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, drawFlower, put } from '../testing/images.ts';

/** Ten images of each of three classes, one violet among the roses, and two copies of one tulip; ranked. */
async function garden() {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, 10);
  put(root, 'rose/wrong.png', await drawFlower('violet', 901));
  const copied = await drawFlower('tulip', 902);
  put(root, 'tulip/copy-1.png', copied);
  put(root, 'tulip/copy-2.png', copied);
  const app = await startApp();
  const opening = await app.call('project.open', { dataset: root });
  await app.call('task.cancel', opening.id);
  await app.until(opening, ({ task }) => task === null);
  await app.act('runs.train', opening.id, writeTinyBackbone(join(root, '..')).path);
  const state = await app.until(opening, ({ task }) => task === null);
  expect(state.failure).toBeNull();
  return { app, root, state };
}

async function cards(app: TestApp, { id }: ProjectState, query: QueueQuery = all): Promise<Card[]> {
  const { ids } = await app.call('queue.order', id, query);
  return app.call('queue.cards', id, [...ids]);
}

const idOf = ({ classes }: ProjectState, name: string) => {
  const found = classes.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no class ${name}`);
  return found.id;
};

const counts = ({ classes }: ProjectState) =>
  classes.map(({ name, images }) => `${name} ${images}`).toSorted();

test('the evidence has the nearest agreeing images of the given and of the suggested class', async () => {
  const { app, state } = await garden();
  const wrong = (await cards(app, state)).find(({ path }) => path === 'rose/wrong.png');
  if (!wrong) throw new Error('it was drawn');
  const rose = idOf(state, 'rose');
  const violet = idOf(state, 'violet');
  const { given, suggested } = await app.call('image.evidence', state.id, wrong.id, violet);
  for (const [neighbours, label] of [
    [given, rose],
    [suggested, violet],
  ] as const) {
    expect(neighbours.length).toBeGreaterThan(0);
    expect(neighbours.length).toBeLessThanOrEqual(6);
    const similarities = neighbours.map(({ similarity }) => similarity);
    expect(similarities).toEqual(similarities.toSorted((a, b) => b - a));
    for (const { card } of neighbours) {
      expect(card.label).toEqual([label]);
      expect(card.id).not.toBe(wrong.id);
      expect(card.suggestions.every(({ probability }) => probability <= (card.probability ?? 0))).toBe(true);
    }
  }
  expect(suggested[0]?.similarity).toBeGreaterThan(given[0]?.similarity ?? 1);

  const [nearest] = suggested;
  if (!nearest) throw new Error('there is one');
  await app.decide(state.id, [nearest.card.id], { verdict: 'exclude' });
  const after = await app.call('image.evidence', state.id, wrong.id, violet);
  expect(after.suggested.map(({ card }) => card.id)).not.toContain(nearest.card.id);
  expect((await app.call('image.evidence', state.id, wrong.id, null)).suggested).toEqual([]);
});

test('after a restart the evidence is there without training a new run', async () => {
  const { app, root } = await garden();
  await app.close();
  const again = await startApp();
  const reopened = await again.call('project.open', { dataset: root });
  await again.until(reopened, ({ task }) => task === null);
  const [worst] = await cards(again, reopened);
  if (!worst) throw new Error('there are images');
  const { given } = await again.call('image.evidence', reopened.id, worst.id, null);
  expect(given.length).toBeGreaterThan(0);
  expect(await again.call('runs.list', reopened.id)).toHaveLength(1);
});

test('a class is renamed, and its name comes back by undo, also after a restart', async () => {
  const { app, root, state } = await garden();
  const rose = idOf(state, 'rose');
  const change = { kind: 'rename', class: rose, name: 'peony' } as const;
  const preview = await app.call('classes.preview', state.id, change);
  expect(preview).toMatchObject({ images: 11, excluded: 0 });
  expect(preview.what).toBe('11 images of rose get the label peony. One undo takes it back.');
  expect(preview.examples).toHaveLength(6);
  expect(await app.call('project.state', state.id)).toMatchObject({ undo: null });

  const renamed = await app.act('classes.change', state.id, change);
  expect(counts(renamed)).toEqual(['peony 11', 'tulip 12', 'violet 10']);
  expect(renamed.formerClasses).toEqual([{ id: rose, name: 'rose' }]);
  expect(renamed.verdicts.none).toBe(33);
  expect(renamed.undo).toBe('rename class rose to peony');
  const settled = await app.until(state, ({ stale }) => !stale);
  expect(settled.failure).toBeNull();
  // The ranking follows: nothing but the name has changed.
  const [worst] = await cards(app, settled);
  expect(worst).toMatchObject({ path: 'rose/wrong.png', label: [idOf(settled, 'peony')] });
  expect(worst?.suggestions.map((suggestion) => suggestion.class)).not.toContain(rose);

  await app.close();
  const again = await startApp();
  await again.call('project.open', { dataset: root });
  const undone = await again.act('labels.undo', state.id);
  expect(counts(undone)).toEqual(['rose 11', 'tulip 12', 'violet 10']);
  expect(undone.formerClasses.map(({ name }) => name)).toEqual(['peony']);
  expect(undone.redo).toBe('rename class rose to peony');
});

test('classes are merged and deleted, and a selection is split off, each as one step', async () => {
  const { app, state } = await garden();
  const [rose, tulip] = [idOf(state, 'rose'), idOf(state, 'tulip')];
  const { what } = await app.call('classes.preview', state.id, {
    kind: 'rename',
    class: rose,
    name: 'tulip',
  });
  expect(what).toContain('There is a class tulip already');

  const merged = await app.act('classes.change', state.id, { kind: 'merge', class: rose, into: tulip });
  expect(counts(merged)).toEqual(['tulip 23', 'violet 10']);

  const some = (await cards(app, merged, { ...all, classes: [tulip] })).slice(0, 4).map(({ id }) => id);
  const split = await app.act('classes.change', state.id, { kind: 'split', images: some, name: 'peony' });
  expect(counts(split)).toEqual(['peony 4', 'tulip 19', 'violet 10']);
  expect(split.undo).toBe('split 4 images off as peony');
  expect(split.verdicts.none).toBe(33);

  const gone = { kind: 'delete', class: idOf(split, 'peony') } as const;
  expect((await app.call('classes.preview', state.id, gone)).what).toContain('4 are left without a label');
  expect(counts(await app.act('classes.change', state.id, gone))).toEqual(['tulip 19', 'violet 10']);

  await app.act('labels.undo', state.id);
  await app.act('labels.undo', state.id);
  expect(counts(await app.act('labels.undo', state.id))).toEqual(counts(state));
  const last = await app.until(state, ({ stale }) => !stale);
  expect(last).toMatchObject({ failure: null, undo: null });
});

test('a change of classes that is not possible is refused, and changes nothing', async () => {
  const { app, state } = await garden();
  const rose = idOf(state, 'rose');
  for (const change of [
    { kind: 'merge', class: rose, into: rose },
    { kind: 'split', images: [999 as ImageId], name: 'peony' },
    { kind: 'rename', class: rose, name: 'a|b' },
    { kind: 'delete', class: 99 as typeof rose },
  ] as const) {
    expect(await app.reply('classes.change', state.id, change)).toMatchObject({ ok: false });
  }
  const after = await app.call('project.state', state.id);
  expect(after.undo).toBeNull();
  expect(counts(after)).toEqual(counts(state));
});

test('decisions that come together are an undo step each, and are stored all or not at all', async () => {
  const { app, state } = await garden();
  const [first, second] = await cards(app, state);
  if (!first || !second) throw new Error('there are images');
  const exclude = { decision: { verdict: 'exclude' } } as const;
  const unknown = { images: [999_999 as ImageId], ...exclude };
  expect(
    await app.reply('labels.decide', state.id, [{ images: [first.id], ...exclude }, unknown]),
  ).toMatchObject({ ok: false, error: { code: 'not-found' } });
  expect((await app.call('project.state', state.id)).undo).toBeNull();

  await app.act('labels.decide', state.id, [
    { images: [first.id], ...exclude },
    { images: [second.id], decision: { verdict: 'unsure' } },
  ]);
  const { verdicts, undo } = await app.act('labels.undo', state.id);
  expect(verdicts).toMatchObject({ exclude: 1, unsure: 0 });
  expect(undo).toBe(`exclude ${first.path}`);
});

test('the history has every event, newest first, of decisions and of classes', async () => {
  const { app, state } = await garden();
  const [worst] = await cards(app, state);
  if (!worst) throw new Error('there are images');
  await app.decide(state.id, [worst.id], { verdict: 'keep' });
  await app.act('classes.change', state.id, { kind: 'rename', class: idOf(state, 'tulip'), name: 'lily' });
  const { events, next } = await app.call('history.read', state.id, null);
  expect(next).toBeNull();
  expect(events).toHaveLength(13);
  expect(events[0]).toMatchObject({ kind: 'class', what: 'rename class tulip to lily' });
  expect(events.at(-1)).toMatchObject({ kind: 'decide', what: 'keep', image: worst.id, path: worst.path });
});

test('images whose content is elsewhere too are found, and an order brings its first cards', async () => {
  const { app, state } = await garden();
  const copies = await cards(app, state, { ...all, finding: 'exact-copy', sort: 'file' });
  expect(copies.map(({ path }) => path)).toEqual(['tulip/copy-1.png', 'tulip/copy-2.png']);

  const { ids, first } = await app.call('queue.order', state.id, all);
  expect(first.length).toBeGreaterThan(0);
  expect(first).toEqual(await app.call('queue.cards', state.id, ids.slice(0, first.length)));
});

test('the stop signal and the insights follow verdicts', async () => {
  const { app, state } = await garden();
  expect(state.stop).toMatchObject({ hitRate: null, pace: null });
  expect(state.stop?.errorsLeft).toBeGreaterThan(0);
  const queue = await cards(app, state);
  let after = state;
  for (const card of queue.slice(0, 12)) {
    const wrong = card.path === 'rose/wrong.png';
    after = await app.decide(
      state.id,
      [card.id],
      wrong ? { verdict: 'relabel', label: [idOf(state, 'violet')] } : { verdict: 'keep' },
    );
  }
  expect(after.stop?.errorsLeft).toBeLessThan(state.stop?.errorsLeft ?? 0);
  expect(after.stop?.hitRate).toBeCloseTo(1 / 12);
  const { confusion, classes, reviewed, curve } = await app.call('insights.read', state.id);
  expect(classes).toHaveLength(3);
  expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(33);
  expect(reviewed.reduce((sum, count) => sum + count, 0)).toBe(12);
  expect(curve).toHaveLength(33);
});
