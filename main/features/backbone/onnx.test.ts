import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTinyBackbone, type TinyBackbone } from '../../testing/backbone.ts';
import { failureOf } from '../../testing/failure.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { imageSide, put } from '../../testing/images.ts';
import { encodeModel, type Graph } from '../../math/graph.ts';
import { createRandom } from '../../math/random.ts';
import { loadOnnxBackbone, sideFor } from './onnx.ts';

const load = (path: string) => loadOnnxBackbone({ path, engine: null, side: null, imageSide });

const random = createRandom(3);
const images = Array.from({ length: 5 }, () =>
  Uint8Array.from({ length: 3 * imageSide ** 2 }, () => 256 * random()),
);

async function featuresOf(options: TinyBackbone): Promise<number[][]> {
  const backbone = await load(writeTinyBackbone(temporaryFolder(), options).path);
  const vectors = [...(await backbone.embed(images))];
  expect(vectors).toHaveLength(images.length * backbone.features);
  await backbone.release();
  return images.map((_, i) => vectors.slice(i * backbone.features, (i + 1) * backbone.features));
}

function expectSame(actual: number[][], expected: number[][]): void {
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  for (const [i, vector] of expected.entries())
    for (const [k, value] of vector.entries()) expect(actual[i]?.[k]).toBeCloseTo(value, 4);
}

test('channels first or last, vectors, tokens or maps: the features are the same', async () => {
  const expected = await featuresOf({});
  expect(new Set(expected.map(String)).size).toBe(images.length);
  for (const layout of ['NCHW', 'NHWC'] as const)
    for (const output of [2, 3, 4] as const) expectSame(await featuresOf({ layout, output }), expected);
});

test('a model that was exported for a fixed batch size gives the same features', async () => {
  const expected = await featuresOf({});
  for (const output of [2, 3, 4] as const) expectSame(await featuresOf({ output, batch: 8 }), expected);
});

test('maps with fewer channels than positions on a side are told apart by their square', async () => {
  const backbone = await load(
    write({
      inputs: [{ name: 'x', type: 'float32', shape: ['n', 16, 16, 3] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['n', 16, 16, 3] }],
      nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
    }),
  );
  expect(backbone.features).toBe(3);
  await backbone.release();
});

test('mean and deviation are read from the file beside the model, and are part of its identity', async () => {
  const folder = temporaryFolder();
  const { path } = writeTinyBackbone(folder);
  const plain = await load(path);
  const features = await plain.embed(images.slice(0, 1));
  put(folder, 'preprocessor_config.json', JSON.stringify({ image_mean: [0, 0, 0], image_std: [1, 1, 1] }));
  const other = await load(path);
  expect(other.id).not.toBe(plain.id);
  expect([...(await other.embed(images.slice(0, 1)))]).not.toEqual([...features]);
  put(folder, 'preprocessor_config.json', '{"image_mean": "grey"}');
  const { code, message } = await failureOf(() => load(path));
  expect(code).toBe('bad-backbone');
  expect(message).toContain('preprocessor_config.json');
  await Promise.all([plain.release(), other.release()]);
});

test('a folder stands for the model in it', async () => {
  const folder = temporaryFolder();
  const { path } = writeTinyBackbone(folder);
  expect((await failureOf(() => load(folder))).message).toContain(
    `no model.onnx or model.json in the folder ${folder}`,
  );
  put(folder, 'onnx/model.onnx', encodeModel(identity({ shape: ['n', 3, 16, 16] })));
  const backbone = await load(folder);
  expect(backbone.features).toBe(3);
  await backbone.release();
  expect((await failureOf(() => load(`${path}.nowhere`))).code).toBe('not-found');
});

test('the input side follows the images where the model takes any', async () => {
  const path = write(identity({ shape: ['n', 3, 'h', 'w'] }));
  const options = { path, engine: null, side: null };
  for (const imageSide of [32, 100, 200, 1000]) {
    const backbone = await loadOnnxBackbone({ ...options, imageSide });
    expect(backbone.side).toBe(sideFor(imageSide));
    await backbone.release();
  }
  const kept = await loadOnnxBackbone({ ...options, side: 96, imageSide: 32 });
  expect(kept.side).toBe(96);
  await kept.release();
  expect([32, 48, 100, 200, 1000].map(sideFor)).toEqual([128, 128, 160, 224, 256]);
});

const wrongInputs: Record<string, { shape: (number | string)[]; type?: 'int64' }> = {
  'one channel': { shape: ['n', 1, 16, 16] },
  'two dimensions': { shape: ['n', 768] },
  'an oblong input': { shape: ['n', 3, 16, 32] },
  'whole numbers': { shape: ['n', 3, 16, 16], type: 'int64' },
};

for (const [what, input] of Object.entries(wrongInputs)) {
  test(`a model that takes ${what} is refused, with what it takes`, async () => {
    const path = write(identity(input));
    const { code, message } = await failureOf(() => load(path));
    expect(code).toBe('bad-backbone');
    expect(message).toContain(path);
    expect(message).toContain(input.shape.join(', '));
  });
}

test('a model with no input, or with two, is refused', async () => {
  const shape = [1, 3, 2, 2];
  const data = new Float32Array(12);
  const constant: Graph = {
    inputs: [],
    outputs: [{ name: 'y', type: 'float32', shape }],
    nodes: [{ operator: 'Identity', inputs: ['c'], outputs: ['y'] }],
    initializers: [{ name: 'c', data, shape }],
  };
  const two: Graph = {
    inputs: ['a', 'b'].map((name) => ({ name, type: 'float32', shape: ['n', 3, 16, 16] })),
    outputs: [{ name: 'y', type: 'float32', shape: ['n', 3, 16, 16] }],
    nodes: [{ operator: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
  };
  for (const graph of [constant, two]) {
    const { code, message } = await failureOf(() => load(write(graph)));
    expect(code).toBe('bad-backbone');
    expect(message).toContain('one input');
  }
});

test('a model that answers with one number for all images is refused', async () => {
  const graph: Graph = {
    inputs: [{ name: 'x', type: 'float32', shape: ['n', 3, 16, 16] }],
    outputs: [{ name: 'y', type: 'float32', shape: [] }],
    nodes: [{ operator: 'ReduceMean', inputs: ['x'], outputs: ['y'], attributes: { keepdims: 0 } }],
  };
  expect((await failureOf(() => load(write(graph)))).code).toBe('bad-backbone');
});

test('a file that is no model is refused', { tags: 'bad-model' }, async () => {
  for (const content of ['', 'this is a text file', 'x'.repeat(100_000)]) {
    const path = join(temporaryFolder(), 'model.onnx');
    writeFileSync(path, content);
    const { code, message } = await failureOf(() => load(path));
    expect(code).toBe('bad-backbone');
    expect(message).toContain(path);
    expect(message).toContain('Labels and earlier runs are unchanged');
  }
});

test('an engine that this machine does not have is refused', async () => {
  const { path } = writeTinyBackbone(temporaryFolder());
  const { code, message } = await failureOf(() =>
    loadOnnxBackbone({ path, engine: 'quantum', side: null, imageSide }),
  );
  expect(code).toBe('bad-request');
  expect(message).toContain('cpu');
});

function identity({ shape, type }: { shape: (number | string)[]; type?: 'int64' }): Graph {
  const value = { type: type ?? 'float32', shape } as const;
  return {
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', ...value }],
    nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
  };
}

function write(graph: Graph): string {
  const path = join(temporaryFolder(), 'model.onnx');
  writeFileSync(path, encodeModel(graph));
  return path;
}
