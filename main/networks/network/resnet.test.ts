import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { failureOf } from '../../testing/failure.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { openEngine } from '../engine/engine.ts';
import { layers, tf } from '../engine/tf.ts';
import { assembleNetwork, imagenet, type Network } from './network.ts';
import { fill, uniform } from './parity/fill.ts';
import expected from './parity/resnet.json' with { type: 'json' };
import { resnet, resnetBody, resnetGroup, type ResnetName } from './resnet.ts';
import { readSafetensors } from './safetensors.ts';
import { loadTorchWeights, resnetIn } from './torchWeights.ts';
import { symbol } from './variables.ts';

beforeAll(() => openEngine('wasm'));

function images(count: number, side: number): tf.Tensor4D {
  const pixels = uniform('images', count * side * side * 3).map((value) => Math.floor((value + 1) * 128));
  return tf.tensor4d(new Float32Array(pixels), [count, side, side, 3]);
}

type Shapes = Readonly<Record<string, readonly number[]>>;

/** A file as PyTorch's users have it, with the count of batches that it stores beside every batch norm. */
function writeSafetensors(shapes: Shapes, values = fill): string {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Uint8Array[] = [];
  let at = 0;
  const add = (name: string, dtype: string, shape: readonly number[], bytes: Uint8Array) => {
    header[name] = { dtype, shape, data_offsets: [at, (at += bytes.length)] };
    parts.push(bytes);
  };
  for (const [name, shape] of Object.entries(shapes)) {
    add(name, 'F32', shape, new Uint8Array(values(name, shape).buffer));
    if (name.endsWith('running_var')) {
      add(name.replace('running_var', 'num_batches_tracked'), 'I64', [], new Uint8Array(8));
    }
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = join(temporaryFolder(), 'model.safetensors');
  writeFileSync(file, Buffer.concat([length, json, ...parts]));
  return file;
}

/** The ResNet with PyTorch's own classifier in place of a head. */
function withClassifier(name: ResnetName, file: string): Network {
  const { input, maps } = resnetBody(name);
  const features = symbol(layers.layers.globalAveragePooling2d({}).apply(maps));
  const logits = symbol(layers.layers.dense({ name: 'fc', units: 5 }).apply(features));
  const network = assembleNetwork({
    name,
    side: 224,
    preprocessing: imagenet,
    model: layers.model({ inputs: input, outputs: logits }),
    features,
    groupOf: (layer) => (layer === 'fc' ? 2 : resnetGroup(layer)),
  });
  onTestFinished(() => network.dispose());
  loadTorchWeights(network, readSafetensors(file));
  return network;
}

function difference(values: ArrayLike<number>, expectedValues: readonly number[]): number {
  expect(values.length).toBe(expectedValues.length);
  return Math.max(...Array.from(values, (value, i) => Math.abs(value - (expectedValues[i] ?? Number.NaN))));
}

test('ResNet-18 computes what PyTorch computes, at an even and an odd side', async () => {
  const network = withClassifier('resnet18', writeSafetensors(expected.resnet18.shapes));
  for (const [side, logits] of Object.entries(expected.resnet18.logits)) {
    const input = images(2, Number(side));
    const output = network.apply(input, null);
    expect(difference(await output.data(), logits.flat())).toBeLessThan(1e-4);
    tf.dispose([input, output]);
  }
});

test('ResNet-50 too', async () => {
  const network = withClassifier('resnet50', writeSafetensors(expected.resnet50.shapes));
  const input = images(2, 64);
  const output = network.apply(input, null);
  expect(difference(await output.data(), expected.resnet50.logits[64].flat())).toBeLessThan(1e-4);
  tf.dispose([input, output]);
});

const zeros = (_: string, shape: readonly number[]) =>
  new Float32Array(shape.reduce((product, size) => product * size, 1));

test(
  'a file tells which ResNet it holds, and one with a missing, foreign or misshapen weight is refused',
  { tags: 'bad-model' },
  async () => {
    const { shapes } = expected.resnet18;
    expect(resnetIn(readSafetensors(writeSafetensors(expected.resnet50.shapes, zeros)))).toBe('resnet50');
    const { 'layer4.1.bn2.bias': _, ...missing } = shapes;
    const wrong: [string, Shapes][] = [
      ['layer4.1.bn2.bias', missing],
      ['layer1.2.conv1.weight', { ...shapes, 'layer1.2.conv1.weight': [64, 64, 3, 3] }],
      ['[64, 3, 3, 3]', { ...shapes, 'conv1.weight': [64, 3, 3, 3] }],
    ];
    const network = resnet('resnet18', { classes: 2, seed: 1 });
    onTestFinished(() => network.dispose());
    for (const [named, tensors] of wrong) {
      const file = writeSafetensors(tensors, zeros);
      const { code, message } = await failureOf(async () => loadTorchWeights(network, readSafetensors(file)));
      expect(code).toBe('bad-backbone');
      expect(message).toContain(named);
      expect(message).toContain(file);
    }
  },
);

test('a file that was cut off, or is none, is refused in one sentence', async () => {
  const whole = readFileSync(writeSafetensors({ 'conv1.weight': [64, 3, 7, 7] }));
  for (const bytes of [
    whole.subarray(0, 4),
    whole.subarray(0, 100),
    whole.subarray(0, -1),
    Buffer.alloc(64, 7),
  ]) {
    const file = join(temporaryFolder(), 'broken.safetensors');
    writeFileSync(file, bytes);
    const { code, message } = await failureOf(async () => readSafetensors(file));
    expect(code).toBe('bad-backbone');
    expect(message).toContain(file);
  }
  const absent = await failureOf(async () => readSafetensors('/nowhere/model.safetensors'));
  expect(absent.code).toBe('not-found');
});

test('numbers of 16 bits are read as well', () => {
  const header = JSON.stringify({
    half: { dtype: 'F16', shape: [4], data_offsets: [0, 8] },
    brain: { dtype: 'BF16', shape: [2], data_offsets: [8, 12] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const numbers = new Uint16Array([0x3c00, 0xc100, 0x0001, 0x7c00, 0x3f80, 0xc0a0]);
  const file = join(temporaryFolder(), 'half.safetensors');
  writeFileSync(file, Buffer.concat([length, Buffer.from(header), new Uint8Array(numbers.buffer)]));
  const { tensors } = readSafetensors(file);
  expect([...(tensors.get('half')?.values() ?? [])]).toEqual([1, -2.5, 2 ** -24, Infinity]);
  expect([...(tensors.get('brain')?.values() ?? [])]).toEqual([1, -5]);
});
