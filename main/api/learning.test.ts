// Training networks as a page asks for it: the rate, a batch, the training with its curves, its end and its failures.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Learning, ProjectState, RunId } from '../../shared/contract.ts';
import { everyImage } from '../../shared/query.ts';
import { engineNames, fineTuneDefaults, type LearningRequest } from '../../shared/training.ts';
import { startApp, trainTiny, type TestApp } from '../testing/app.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, flowers } from '../testing/images.ts';

/** Networks learn slowly on a machine that has other work. */
const long = 120_000;
const patience = { timeout: 2 * long };

/** Networks for 8 px on the engine that is everywhere: two folds, one epoch, four images a batch. */
const quick = (options: Partial<LearningRequest['options']> = {}): LearningRequest => ({
  options: {
    ...fineTuneDefaults,
    network: 'small',
    epochs: 1,
    freezeEpochs: 0,
    folds: 2,
    batchSize: 4,
    side: 8,
    ...options,
  },
  engine: 'wasm',
  allowFallback: false,
});

/** An app with a ranked data set. */
async function ready(perClass: number): Promise<{ app: TestApp; root: string; state: ProjectState }> {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, perClass);
  const app = await startApp();
  return { app, root, state: await trainTiny(app, root) };
}

async function untilLearning(app: TestApp, { id }: ProjectState, isThere: (learning: Learning) => boolean) {
  for (;;) {
    const learning = await app.call('learning.read', id);
    if (isThere(learning)) return learning;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const idle = ({ task }: ProjectState) => task === null;

test(
  'a fine-tuning is a task and ranks the images; its curves are there while it runs and after a restart',
  patience,
  async () => {
    const { app, root, state } = await ready(6);
    const started = await app.act('learning.train', state.id, quick({ epochs: 2 }));
    expect(started).toMatchObject({ task: { phase: 'import' }, work: 'fine-tuning' });
    const { task } = await app.until(state, (now) => now.task?.title === 'Fine-tuning');
    expect(task).toMatchObject({ unit: 'images', total: 2 * 2 * 8 });
    const midway = await untilLearning(app, state, (now) => now.training?.curves.summaries.length === 1);
    expect(midway.training).toMatchObject({ running: true, curves: { folds: 2, epochs: 2 } });

    const done = await app.until(state, idle, long);
    expect(done).toMatchObject({ failure: null, stale: false, work: 'fine-tuning' });
    expect(done.run).toMatchObject({ id: 2, backbone: 'small', engine: 'wasm', fineTuned: true, images: 18 });
    const { training } = await app.call('learning.read', state.id);
    expect(training).toMatchObject({ running: false, failure: null });
    expect(training?.notes[0]).toMatch(/^wasm: WebAssembly/);
    expect(training?.curves.summaries.map(({ fold, epoch }) => [fold, epoch])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(training?.curves.steps.map(({ fold, at }) => [fold, at])).toEqual(
      [0, 1].flatMap((fold) => [0.5, 1, 1.5, 2].map((at) => [fold, at])),
    );

    await app.close();
    const again = await startApp();
    const reopened = await again.open(root);
    expect(reopened.run).toMatchObject({ id: 2, fineTuned: true });
    const { options, notes, curves } = await again.call('runs.training', reopened.id, 2 as RunId);
    expect({ notes, curves }).toEqual({ notes: training?.notes, curves: training?.curves });
    expect(options).toMatchObject({ network: 'small', epochs: 2, folds: 2 });
    expect(await again.reply('runs.training', reopened.id, 1 as RunId)).toMatchObject({
      ok: false,
      error: { code: 'bad-request' },
    });
  },
);

test(
  'a cancelled fine-tuning keeps its finished epochs, and goes on after them and says so when it is started again',
  { tags: 'finetune-cut-off', ...patience },
  async () => {
    const { app, root, state } = await ready(6);
    const request = quick({ epochs: 2, batchSize: 1 });
    await app.act('learning.train', state.id, request);
    await untilLearning(app, state, (now) => now.training?.curves.summaries.length === 1);
    await app.call('task.cancel', state.id);
    const cancelled = await app.until(state, idle, long);
    expect(cancelled.failure).toMatchObject({
      code: 'cancelled',
      message: expect.stringContaining('goes on'),
    });
    expect(cancelled.run).toMatchObject({ id: 1, fineTuned: false });
    const { training } = await app.call('learning.read', state.id);
    expect(training).toMatchObject({ request, running: false, failure: { code: 'cancelled' } });

    await app.close();
    const again = await startApp();
    await again.open(root);
    const { training: cutOff } = await again.call('learning.read', state.id);
    expect(cutOff).toMatchObject({ request, running: false, failure: { code: 'cancelled' }, run: null });
    const { learning } = await again.act('learning.train', state.id, request);
    const done = await again.until(state, idle, long);
    expect(done.run).toMatchObject({ fineTuned: true });
    const { training: whole } = await again.call('learning.read', state.id);
    expect(whole?.notes.join()).toMatch(/Fold 1 of 2 goes on after \d epochs? of an earlier attempt/);
    expect(whole?.curves.summaries).toHaveLength(4);
    // Of the 27 steps that were left, pages hear of several at once.
    expect(done.learning - learning).toBeLessThan(27);
  },
);

test('while networks learn, decisions are stored and the ranking in use follows them', patience, async () => {
  const { app, state } = await ready(6);
  await app.act('learning.train', state.id, quick({ epochs: 100, batchSize: 1 }));
  await app.until(state, ({ task }) => task?.title === 'Fine-tuning');
  const { ids } = await app.call('queue.order', state.id, everyImage);
  const decided = await app.decide(state.id, ids.slice(0, 1), { verdict: 'exclude' });
  expect(decided.stale).toBe(true);
  const ranked = await app.until(state, ({ stale }) => !stale);
  expect(ranked.task?.title).toBe('Fine-tuning');
  expect(await app.reply('learning.findRate', state.id, quick())).toMatchObject({
    ok: false,
    error: { code: 'busy' },
  });
});

test('the learning rate is looked for, with its curve and what it suggests', patience, async () => {
  const { app, state } = await ready(6);
  await app.act('learning.findRate', state.id, quick({ batchSize: 2 }));
  const done = await app.until(state, idle, long);
  expect(done).toMatchObject({ failure: null, work: 'rate', run: { id: 1 } });
  const { rate, training } = await app.call('learning.read', state.id);
  expect(training).toBeNull();
  expect(rate).toMatchObject({ running: false, failure: null, notes: [expect.stringMatching(/^wasm: /)] });
  const { points = [], suggestions = null } = rate?.finding ?? {};
  expect(points.length).toBeGreaterThan(20);
  expect(points[0]?.rate).toBeCloseTo(1e-7, 9);
  for (const suggested of Object.values(suggestions ?? {})) {
    expect(suggested).toBeGreaterThan(1e-8);
    expect(suggested).toBeLessThan(10);
  }
  expect(Object.keys(suggestions ?? {})).toEqual(['minimum', 'steepest', 'valley']);
});

test(
  'a batch is drawn as the network sees it; another has other images, and only the last is kept',
  patience,
  async () => {
    const { app, root, state } = await ready(6);
    writeFileSync(join(root, 'rose', '0.png'), 'no picture any more');
    const show = async (epoch: number) => {
      await app.act('learning.showBatch', state.id, quick({ batchSize: 32 }), epoch);
      expect((await app.until(state, idle, long)).failure).toBeNull();
      return (await app.call('learning.read', state.id)).batch?.sheet;
    };
    const first = await show(0);
    expect(first).toMatchObject({ epoch: 0, side: 8, presized: 10 });
    expect(first?.labels).toHaveLength(14);
    expect(first?.leftOut).toMatchObject([{ path: 'rose/0.png' }]);
    expect(flowers).toEqual(expect.arrayContaining([...new Set(first?.labels)]));
    const picture = await app.get(first?.address ?? '');
    expect(picture.headers.get('Content-Type')).toBe('image/png');
    expect(picture.headers.get('Content-Security-Policy')).toContain('sandbox');
    const { width, height } = await sharp(Buffer.from(await picture.arrayBuffer())).metadata();
    expect([width, height]).toEqual([5 * 176 + 16, 3 * 202 + 16]);

    const second = await show(1);
    expect(second?.labels).not.toEqual(first?.labels);
    expect((await app.get(second?.address ?? '')).status).toBe(200);
    expect((await app.get(first?.address ?? '')).status).toBe(404);
  },
);

test('every engine is there, or says why not', patience, async () => {
  const app = await startApp();
  const engines = await app.call('engines.list');
  expect(engines.map(({ name }) => name)).toEqual(engineNames);
  for (const { device, problem } of engines) expect([device, problem].filter(Boolean)).toHaveLength(1);
  expect(engines.at(-1)).toMatchObject({ device: expect.stringMatching(/^WebAssembly/), problem: null });
  expect(engines.filter(({ best }) => best)).toHaveLength(1);
});

test('what cannot be trained is said, and the ranking stays', patience, async () => {
  const { app, root, state } = await ready(2);
  const { id } = state;
  for (const [options, code] of [
    [{ network: 'resnet19' }, 'bad-request'],
    [{ network: join(root, 'rose', '0.png') }, 'bad-backbone'],
  ] as const) {
    await app.act('learning.train', id, quick(options));
    const { failure, run } = await app.until(state, idle, long);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(options.network) });
    expect(run).toMatchObject({ id: 1, fineTuned: false });
    expect((await app.call('learning.read', id)).training).toMatchObject({ running: false, failure });
  }
  for (const options of [{ folds: 1 }, { epochs: 0 }, { learningRate: 0 }, { side: 4 }])
    expect(await app.reply('learning.train', id, quick(options))).toMatchObject({
      ok: false,
      error: { code: 'bad-request' },
    });
});
