import { beforeAll, expect, test } from 'vitest';
import { openEngine } from '../engine/engine.ts';
import { tf } from '../engine/tf.ts';
import { Failure } from '../../../shared/failure.ts';
import { failureOf } from '../../testing/failure.ts';
import { makeLesson, makeNetwork } from '../testing.ts';
import { Adam } from './adam.ts';
import { findRate } from './finder.ts';
import { fineTune, scoreImages, type Progress, type Trainable } from './loop.ts';
import { planPhases, type Phase } from './schedule.ts';
import { suggestRates } from './suggestions.ts';

beforeAll(() => openEngine('wasm'));

const adamOf = (network: Trainable) => new Adam(network, { weightDecay: 0.01, clipNorm: null });
const phases = planPhases({ freezeEpochs: 1, epochs: 3, rate: 0.02, groups: 2, pretrained: true });

async function all(progress: AsyncIterable<Progress>): Promise<Progress[]> {
  const list: Progress[] = [];
  for await (const one of progress) list.push(one);
  return list;
}

/** Without the times, which differ. */
const curve = (progress: readonly Progress[]) =>
  progress.map((one) => (one.kind === 'epoch' ? { ...one, seconds: 0 } : one));

const weightsOf = (network: Trainable) =>
  [...network.weights.values()].map((variable) => [...variable.dataSync()]);

test('a small set is learned by heart: the loss goes to nothing, and every image is predicted', async () => {
  const network = makeNetwork();
  const once: Phase[] = [{ epochs: 40, frozen: false, rates: [0.05, 0.05], rise: 0.25, startDivisor: 25 }];
  const progress = await all(
    fineTune(network, adamOf(network), makeLesson({ images: 20, batchSize: 5 }), once),
  );
  const epochs = progress.filter((one) => one.kind === 'epoch');
  expect(epochs).toHaveLength(40);
  expect(epochs.at(-1)?.trainLoss).toBeLessThan(0.02);
  expect(epochs.at(-1)?.accuracy).toBe(1);
  expect(epochs[0]?.trainLoss).toBeGreaterThan(0.5);
});

test('progress tells of every step and epoch, with the rate of the schedule', async () => {
  const network = makeNetwork();
  const progress = await all(
    fineTune(network, adamOf(network), makeLesson({ images: 20, batchSize: 5 }), phases),
  );
  expect(progress.map(({ kind, epoch }) => `${kind} ${epoch}`)).toEqual(
    [0, 1, 2, 3].flatMap((epoch) => [...Array<string>(4).fill(`step ${epoch}`), `epoch ${epoch}`]),
  );
  const rates = progress.flatMap((one) => (one.kind === 'step' ? [one.learningRate] : []));
  // The frozen phase begins at a 25th of 0.02, the other at a fifth of half of that.
  expect(rates[0]).toBeCloseTo(0.02 / 25, 8);
  expect(rates[4]).toBeCloseTo(0.01 / 5, 8);
  expect(Math.max(...rates)).toBeLessThanOrEqual(0.02);
});

test('the same seed gives the same curve and weights to the last bit, another seed does not', async () => {
  const runs = [];
  for (const seed of [1, 1, 2]) {
    const network = makeNetwork();
    const progress = await all(
      fineTune(network, adamOf(network), makeLesson({ images: 20, batchSize: 5, seed }), phases),
    );
    runs.push({ curve: curve(progress), weights: weightsOf(network) });
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]?.weights).not.toEqual(runs[0]?.weights);
});

test('a frozen body keeps its weights, while its batch norm is trained', async () => {
  const network = makeNetwork();
  const before = new Map([...network.weights].map(([name, variable]) => [name, [...variable.dataSync()]]));
  await all(fineTune(network, adamOf(network), makeLesson({ images: 20, batchSize: 5 }), phases.slice(0, 1)));
  const changed = [...network.weights].flatMap(([name, variable]) =>
    [...variable.dataSync()].join() === before.get(name)?.join() ? [] : [name],
  );
  expect(changed).toEqual(['body/gamma', 'head/kernel', 'head/bias']);
});

test(
  'a training that stopped after any epoch goes on to the same end, to the last bit',
  { tags: 'stopped-epoch' },
  async () => {
    const whole = makeNetwork();
    const uninterrupted = await all(
      fineTune(whole, adamOf(whole), makeLesson({ images: 20, batchSize: 5 }), phases),
    );
    for (const stopAfter of [0, 1, 2]) {
      const first = makeNetwork();
      const adam = adamOf(first);
      const lesson = makeLesson({ images: 20, batchSize: 5 });
      for await (const one of fineTune(first, adam, lesson, phases)) {
        if (one.kind === 'epoch' && one.epoch === stopAfter) break;
      }
      const second = makeNetwork();
      for (const [name, variable] of second.weights)
        variable.assign(tf.clone(first.weights.get(name) ?? variable));
      const restored = adamOf(second);
      restored.restore(adam.state(), adam.steps);
      const rest = await all(fineTune(second, restored, lesson, phases, stopAfter + 1));
      expect(curve(rest)).toEqual(curve(uninterrupted).filter(({ epoch }) => epoch > stopAfter));
      expect(weightsOf(second)).toEqual(weightsOf(whole));
    }
  },
);

test('no tensor is left behind by an epoch', async () => {
  const network = makeNetwork();
  const adam = adamOf(network);
  const lesson = makeLesson({ images: 20, batchSize: 5 });
  const counts = [];
  for await (const one of fineTune(network, adam, lesson, phases.slice(1))) {
    if (one.kind === 'epoch') counts.push(tf.memory().numTensors);
  }
  expect(new Set(counts).size).toBe(1);
});

test('it stops between two steps when it is cancelled, and leaves nothing behind', async () => {
  const network = makeNetwork();
  const controller = new AbortController();
  const before = tf.memory().numTensors;
  const adam = adamOf(network);
  const lesson = makeLesson({ images: 20, batchSize: 5, signal: controller.signal });
  let steps = 0;
  const { code } = await failureOf(async () => {
    for await (const one of fineTune(network, adam, lesson, phases)) {
      if (one.kind === 'step' && ++steps === 6) controller.abort(new Failure('cancelled', 'Cancelled.'));
    }
  });
  expect(code).toBe('cancelled');
  expect(steps).toBe(6);
  adam.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('a training that blows up says at which rate, and what to do', { tags: 'no-number' }, async () => {
  const network = makeNetwork();
  const wild: Phase[] = [{ epochs: 3, frozen: false, rates: [1e30, 1e30], rise: 0.25, startDivisor: 25 }];
  const { code, message } = await failureOf(() =>
    all(fineTune(network, adamOf(network), makeLesson({ images: 20, batchSize: 5 }), wild)),
  );
  expect(code).toBe('trainer');
  expect(message).toMatch(/learning rate \d\.\de\+\d+.*lower rate/s);
});

test('several labels an image are learned with a sigmoid each', async () => {
  const network = makeNetwork();
  const once: Phase[] = [{ epochs: 40, frozen: false, rates: [0.05, 0.05], rise: 0.25, startDivisor: 25 }];
  const lesson = makeLesson({ images: 20, batchSize: 5, multiLabel: true });
  const epochs = (await all(fineTune(network, adamOf(network), lesson, once))).filter(
    ({ kind }) => kind === 'epoch',
  );
  expect(epochs.at(-1)).toMatchObject({ accuracy: 1 });
});

test('scores do not change when an image is mirrored', async () => {
  const network = makeNetwork({ seesSides: true });
  const lesson = makeLesson({ images: 6, batchSize: 4 });
  const mirrored = async function* () {
    for await (const batch of lesson.validation()) {
      const images = tf.reverse(batch.images, 2);
      batch.images.dispose();
      yield { ...batch, images };
    }
  };
  const { signal } = new AbortController();
  const plain = await scoreImages(network, lesson.validation(), signal, () => {});
  const turned = await scoreImages(network, mirrored(), signal, () => {});
  expect(plain).toHaveLength(6 * 3);
  expect([...turned]).toEqual([...plain].map((logit) => expect.closeTo(logit, 4)));
  expect(new Set(plain).size).toBeGreaterThan(6);
});

test('the finder leaves the network as it was, and finds a rate at which the loss falls', async () => {
  const network = makeNetwork();
  const weights = weightsOf(network);
  const tensors = tf.memory().numTensors;
  let points: Parameters<typeof suggestRates>[0] = [];
  for await (const next of findRate(network, makeLesson({ images: 20, batchSize: 5 }), false)) points = next;
  expect(weightsOf(network)).toEqual(weights);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(points.length).toBeGreaterThan(50);
  expect(points[0]?.rate).toBe(1e-7);
  const suggestions = suggestRates(points);
  expect(suggestions?.valley).toBeGreaterThan(1e-5);
  expect(suggestions?.valley).toBeLessThan(1);
});
