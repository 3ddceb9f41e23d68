import { existsSync, mkdirSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { ClassId, ImageId } from '../../../shared/domain.ts';
import { Failure } from '../../../shared/failure.ts';
import { eachScore } from '../../../shared/scores.ts';
import { fineTuneDefaults } from '../../../shared/training.ts';
import { failureOf } from '../../testing/failure.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { drawFlower, drawFlowers, flowers, put } from '../../testing/images.ts';
import { startTrainer, warmTrainer } from '../../testing/project.ts';
import { unfollowed, type Work } from '../../work/work.ts';
import type { FineTuned, FineTuneRequest, LearningFound } from '../types.ts';
import { openEngine } from '../engine/engine.ts';
import { tf } from '../engine/tf.ts';
import { exportNetwork, readDescription } from '../network/export.ts';
import { smallNetwork } from '../network/small.ts';
import { createRandom } from '../../math/random.ts';

/** Three classes of images, each a colour; the options make a training of seconds. */
async function flowersToLearn(perClass = 8): Promise<FineTuneRequest> {
  const root = join(temporaryFolder(), 'flowers');
  const paths = await drawFlowers(root, perClass);
  return {
    root,
    cacheFolder: join(root, '../cache'),
    images: paths.map((path, i) => ({
      id: (i + 1) as ImageId,
      path,
      hash: null,
      label: [flowers.findIndex((flower) => path.startsWith(flower))],
      excluded: false,
    })),
    classes: flowers.map((_, k) => (k + 1) as ClassId),
    classNames: flowers,
    multiLabel: false,
    seed: 1,
    engine: 'wasm',
    weights: 'small',
    options: {
      ...fineTuneDefaults,
      network: 'small',
      epochs: 2,
      freezeEpochs: 0,
      batchSize: 4,
      side: 16,
      folds: 2,
      labelSmoothing: 0,
    },
  };
}

/** Listeners that remember what they hear. */
function listening(signal = new AbortController().signal, hear: (found: LearningFound) => void = () => {}) {
  const notes: string[] = [];
  const findings: string[] = [];
  const listeners: Work<LearningFound> = {
    ...unfollowed(signal),
    note: (text) => notes.push(text),
    found(found) {
      if (found.kind === 'files') findings.push(...found.findings.flatMap(({ reason }) => reason ?? []));
      hear(found);
    },
  };
  return { listeners, notes, findings };
}

const tune = (request: FineTuneRequest) => warmTrainer().fineTune(request, listening().listeners);

const numbersOf = ({ scores, summaries }: FineTuned) => ({
  scores,
  summaries: summaries.map((summary) => ({ ...summary, imagesPerSecond: 0 })),
});

test('every image is scored out of fold, and a damaged one is named', { timeout: 180_000 }, async () => {
  const request = await flowersToLearn(10);
  const [wrongId, unlabelledId, cutId] = [31, 32, 33].map((id) => id as ImageId) as [
    ImageId,
    ImageId,
    ImageId,
  ];
  const wrong = { id: wrongId, path: 'rose/wrong.png', hash: null, label: [0], excluded: false };
  put(request.root, wrong.path, await drawFlower('violet', 77));
  put(request.root, 'unlabelled.png', await drawFlower('tulip', 78));
  put(request.root, 'cut.png', (await drawFlower('tulip', 79)).subarray(0, 40));
  const images = [
    ...request.images,
    wrong,
    { id: unlabelledId, path: 'unlabelled.png', hash: null, label: [], excluded: false },
    { id: cutId, path: 'cut.png', hash: null, label: [1], excluded: false },
  ];
  const options = { ...request.options, epochs: 10, learningRate: 0.005 };
  const { trainer } = startTrainer();
  const { listeners, findings } = listening();
  const first = await trainer.fineTune({ ...request, images, options }, listeners);
  expect(findings).toEqual([expect.stringMatching(/^damaged/)]);
  const { scores, summaries } = first;
  expect(summaries.map(({ fold, epoch }) => `${fold}.${epoch}`)).toEqual(
    [0, 1].flatMap((fold) => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((epoch) => `${fold}.${epoch}`)),
  );
  // The wrong one is told by a network that has not learned it by heart.
  const scoreOf = new Map([...eachScore(scores)].map((score) => [score.image, score]));
  expect(scoreOf.get(wrongId)?.loss).toBe(Math.max(...scores.loss.filter((loss) => !Number.isNaN(loss))));
  expect(scoreOf.get(wrongId)?.predicted).toBe(3);
  expect(first.accuracy).toBeGreaterThan(0.8);
  expect(scoreOf.get(unlabelledId)).toMatchObject({ loss: null, predicted: 2 });
  expect(scoreOf.has(cutId)).toBe(false);
  expect(scoreOf.size).toBe(32);
  expect(readDescription(first.model)).toEqual({ network: 'small', side: 16, classes: [...flowers] });
});

test(
  'a training that was killed or cancelled anywhere ends with the same numbers',
  { timeout: 240_000 },
  async () => {
    const request = await flowersToLearn();
    const whole = numbersOf(await tune(request));
    for (const [how, moment] of [
      ['kill', 'step 2'],
      ['cancel', 'step 5'],
      ['kill', 'epoch 0.1'],
    ] as const) {
      const fresh = { ...request, cacheFolder: temporaryFolder() };
      const { trainer, children } = startTrainer();
      const controller = new AbortController();
      let steps = 0;
      const { listeners } = listening(controller.signal, (news) => {
        if (news.kind === 'step') steps += 1;
        const now =
          news.kind === 'epoch' ? `epoch ${news.summary.fold}.${news.summary.epoch}` : `step ${steps}`;
        if (now !== moment) return;
        if (how === 'cancel') controller.abort(new Failure('cancelled', 'Cancelled.'));
        else process.kill(children[0]?.pid ?? 0, 'SIGKILL');
      });
      const { code } = await failureOf(() => trainer.fineTune(fresh, listeners));
      expect(code, `${how} at ${moment}`).toBe(how === 'cancel' ? 'cancelled' : 'trainer');
      expect(numbersOf(await tune(fresh)), `${how} at ${moment}`).toEqual(whole);
      trainer.close();
    }
  },
);

test(
  'a torn checkpoint is said, and the one before it gives the same end',
  { tags: 'torn-checkpoint', timeout: 240_000 },
  async () => {
    const request = await flowersToLearn();
    const whole = numbersOf(await tune({ ...request, cacheFolder: temporaryFolder() }));
    const { trainer, children } = startTrainer();
    const { listeners } = listening(undefined, (news) => {
      if (news.kind === 'epoch' && news.summary.epoch === 1) process.kill(children[0]?.pid ?? 0, 'SIGKILL');
    });
    await failureOf(() => trainer.fineTune(request, listeners));
    const parent = join(request.cacheFolder, 'fine-tuning');
    const [key = ''] = readdirSync(parent);
    const newest = readdirSync(join(parent, key)).toSorted().at(-1) ?? '';
    truncateSync(join(parent, key, newest), 1000);
    const { listeners: again, notes } = listening();
    expect(numbersOf(await startTrainer().trainer.fineTune(request, again))).toEqual(whole);
    expect(notes).toContainEqual(expect.stringMatching(/damaged.*goes on after 1 epoch of/));
  },
);

test(
  'other labels or options begin anew, which is said; nothing stays on disk but the network',
  { timeout: 240_000 },
  async () => {
    const request = await flowersToLearn();
    mkdirSync(join(request.cacheFolder, 'fine-tuning/0123456789abcdef'), { recursive: true });
    const { listeners, notes } = listening();
    await startTrainer().trainer.fineTune(request, listeners);
    expect(notes).toContainEqual(expect.stringContaining('begins anew'));
    expect(readdirSync(join(request.cacheFolder, 'fine-tuning'))).toEqual([]);
  },
);

/** A network whose weights are random, but whose statistics are those of flowers, as a body. */
async function writeBody(): Promise<string> {
  await openEngine('wasm');
  const network = smallNetwork({ classes: 5, seed: 3 });
  const pixels = await Promise.all(
    flowers.map(async (flower, i) =>
      sharp(await drawFlower(flower, i))
        .resize(16, 16)
        .removeAlpha()
        .raw()
        .toBuffer(),
    ),
  );
  const images = tf.tensor4d(Float32Array.from(Buffer.concat(pixels)), [flowers.length, 16, 16, 3]);
  for (let pass = 0; pass < 50; pass++) tf.dispose(network.apply(images, createRandom(pass)));
  images.dispose();
  const folder = join(temporaryFolder(), 'body');
  await exportNetwork(network, folder, { side: 16, classes: ['a', 'b', 'c', 'd', 'e'] });
  network.dispose();
  return folder;
}

test(
  'without epochs of the head alone the head of a body begins fitted, after an interruption too',
  { timeout: 240_000 },
  async () => {
    const weights = await writeBody();
    const request = { ...(await flowersToLearn()), weights };
    // So low a rate teaches nothing.
    const options = {
      ...request.options,
      network: weights,
      epochs: 1,
      learningRate: 1e-9,
      side: 16,
    };
    const fitted = await tune({ ...request, options, cacheFolder: temporaryFolder() });
    expect(fitted.accuracy).toBeGreaterThan(0.9);
    const random = await tune({
      ...request,
      options: { ...options, freezeEpochs: 1 },
      cacheFolder: temporaryFolder(),
    });
    expect(random.accuracy).toBeLessThan(0.7);

    const { trainer, children } = startTrainer();
    const { listeners } = listening(undefined, (news) => {
      if (news.kind === 'epoch') process.kill(children[0]?.pid ?? 0, 'SIGKILL');
    });
    await failureOf(() => trainer.fineTune({ ...request, options }, listeners));
    expect(numbersOf(await tune({ ...request, options }))).toEqual(numbersOf(fitted));
  },
);

test(
  'what cannot be trained on is refused before anything is computed',
  { tags: 'untrainable' },
  async () => {
    const request = await flowersToLearn(2);
    const one = request.images.map((image) => ({ ...image, label: [0] }));
    const { code, message } = await failureOf(() => tune({ ...request, images: one }));
    expect(code).toBe('empty');
    expect(message).toContain('one class');
    for (const { path } of request.images) put(request.root, path, 'no picture');
    expect((await failureOf(() => tune(request))).message).toMatch(/decoded/);
    expect(existsSync(join(request.cacheFolder, 'fine-tuning'))).toBe(false);
  },
);

test('mixed precision, which no engine has, is said and not pretended', { timeout: 240_000 }, async () => {
  const request = await flowersToLearn();
  const { listeners, notes } = listening();
  const options = { ...request.options, epochs: 1, mixedPrecision: true };
  await warmTrainer().fineTune({ ...request, options }, listeners);
  expect(notes).toContainEqual(expect.stringMatching(/^Trained in 32 bit/));
});

test('the finder draws its curve and suggests rates', { timeout: 240_000 }, async () => {
  const request = await flowersToLearn();
  const { trainer } = startTrainer();
  let news = 0;
  const { listeners } = listening(undefined, ({ kind }) => {
    if (kind === 'rate') news += 1;
  });
  const { points, suggestions } = await trainer.findRate(request, listeners);
  expect(points.length).toBeGreaterThan(40);
  expect(news).toBeGreaterThanOrEqual(points.length);
  expect(suggestions?.valley).toBeGreaterThan(1e-6);
});
