import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { failureOf } from '../../testing/failure.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { loadNetworkBackbone } from '../backbone.ts';
import { openEngine } from '../engine/engine.ts';
import { tf } from '../engine/tf.ts';
import { createRandom } from '../../math/random.ts';
import { exportNetwork, readDescription } from './export.ts';
import { readLayersModel } from './layersFile.ts';
import { openNetwork } from './open.ts';
import { smallNetwork } from './small.ts';

beforeAll(() => openEngine('wasm'));

function pixels(count: number, side: number): Uint8Array {
  const random = createRandom(5);
  return Uint8Array.from({ length: count * side * side * 3 }, () => Math.floor(random() * 256));
}

/** A network whose running statistics are no longer those of the start, exported. */
async function exported() {
  const network = smallNetwork({ classes: 3, seed: 1 });
  onTestFinished(() => network.dispose());
  const images = tf.tensor4d(new Float32Array(pixels(4, 16)), [4, 16, 16, 3]);
  tf.dispose(network.apply(images, createRandom(1)));
  const folder = join(temporaryFolder(), 'exported');
  await exportNetwork(network, folder, { side: 16, classes: ['cat', 'dog', 'owl'] });
  return { network, images, folder };
}

test('an exported network loads as a layers model and answers with the same logits', async () => {
  const { network, images, folder } = await exported();
  expect(readDescription(folder)).toEqual({ network: 'small', side: 16, classes: ['cat', 'dog', 'owl'] });
  const model = await readLayersModel(join(folder, 'model.json'));
  const config = JSON.parse(readFileSync(join(folder, 'preprocessor_config.json'), 'utf8'));
  const [logits, expected] = tf.tidy(() => {
    const prepared = tf.div(
      tf.sub(tf.mul(images, config.rescale_factor), config.image_mean),
      config.image_std,
    );
    return [model.predict(prepared), network.apply(images, null)] as const;
  });
  if (!(logits instanceof tf.Tensor)) throw new Error('the model has one output');
  const wanted = await expected.data();
  (await logits.data()).forEach((logit, i) => expect(logit).toBeCloseTo(wanted[i] ?? Number.NaN, 4));
});

test('an exported network is a backbone at the side that it was trained at, and a body for another one', async () => {
  const { network, images, folder } = await exported();
  const backbone = await loadNetworkBackbone({ path: folder, engine: 'wasm', side: null, imageSide: 500 });
  expect(backbone).toMatchObject({ side: 16, features: 128, name: 'exported' });
  const bytes = pixels(4, 16);
  const vectors = await backbone.embed([0, 1, 2, 3].map((i) => bytes.subarray(i * 768, (i + 1) * 768)));
  const wanted = await network.embed(images).data();
  vectors.forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 4));
  await backbone.release();

  const again = await openNetwork({ network: folder, classes: 7, seed: 2 });
  onTestFinished(() => again.dispose());
  expect(again.classes).toBe(7);
  expect(again.groups).toHaveLength(3);
  const body = await again.embed(images).data();
  body.forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 4));
});

test(
  'a model whose shards are missing, cut off or elsewhere is refused, and nothing else is read',
  { tags: 'bad-model' },
  async () => {
    const { folder } = await exported();
    const file = join(folder, 'model.json');
    const model = JSON.parse(readFileSync(file, 'utf8'));
    const [group] = model.weightsManifest;
    const shard = join(folder, group.paths[0]);
    const refused = async (said: string) => {
      const { code, message } = await failureOf(() => readLayersModel(file));
      expect(code).toBe('bad-backbone');
      expect(message).toContain(file);
      expect(message).toContain(said);
    };
    const whole = readFileSync(shard);
    writeFileSync(shard, whole.subarray(0, -4));
    await refused('bytes');
    writeFileSync(shard, whole);
    writeFileSync(
      file,
      JSON.stringify({ ...model, weightsManifest: [{ ...group, paths: ['../secret.bin'] }] }),
    );
    await refused('not beside it');
    writeFileSync(file, JSON.stringify({ ...model, weightsManifest: [{ ...group, paths: ['gone.bin'] }] }));
    await refused('gone.bin');
    writeFileSync(file, '{"a": 1}');
    await refused('layers model');
  },
);

test('loading and releasing a model as a backbone leaves no tensor behind', async () => {
  const { folder } = await exported();
  const before = tf.memory().numTensors;
  const backbone = await loadNetworkBackbone({ path: folder, engine: 'wasm', side: null, imageSide: 16 });
  await backbone.embed([pixels(1, 16)]);
  await backbone.release();
  expect(tf.memory().numTensors).toBe(before);
});

const mobilenet = join(import.meta.dirname, '../../../../shared/backbones/mobilenet_v1_pw12/model.json');

test.skipIf(!existsSync(mobilenet))('a MobileNet of Keras is a body in three layer groups', async () => {
  const network = await openNetwork({ network: mobilenet, classes: 5, seed: 1 });
  onTestFinished(() => network.dispose());
  expect(network.groups).toHaveLength(3);
  expect(network.preprocessing.mean).toEqual([127.5, 127.5, 127.5]);
  const images = tf.tensor4d(new Float32Array(pixels(2, 64)), [2, 64, 64, 3]);
  expect(network.apply(images, null).shape).toEqual([2, 5]);
  expect(network.embed(images).shape).toEqual([2, 1024]);
  const logits = network.apply(images, createRandom(1));
  expect((await logits.data()).every(Number.isFinite)).toBe(true);
});
