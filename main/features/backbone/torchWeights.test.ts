import { expect, test } from 'vitest';
import { Failure } from '../../../shared/failure.ts';
import { createRandom, type Random } from '../../math/random.ts';
import { failureOf } from '../../testing/failure.ts';
import { pickle, pickledCall, pickledName, torchFile, torchHeader } from '../../testing/torch.ts';
import { readTorchWeights } from './torchWeights.ts';

const filters = Float32Array.from({ length: 24 }, (_, i) => i);
const weights = torchFile({
  'conv.weight': { shape: [2, 3, 4], strides: [1, 2, 6], data: filters },
  'norm.bias': { shape: [3], offset: 1, data: Float32Array.of(9, 0.5, -1, 2, 9) },
  'norm.num_batches_tracked': { shape: [], data: BigInt64Array.of(7n) },
});

test('tensors are read by name, whatever the order in which they lie', () => {
  const tensors = readTorchWeights(weights, 'weights.pth');
  expect([...tensors.keys()]).toEqual(['conv.weight', 'norm.bias']);
  const { shape, data = [] } = tensors.get('conv.weight') ?? {};
  expect(shape).toEqual([2, 3, 4]);
  expect([...data]).toEqual(
    [0, 1].flatMap((i) => [0, 1, 2].flatMap((j) => [0, 1, 2, 3].map((k) => i + 2 * j + 6 * k))),
  );
  expect([...(tensors.get('norm.bias')?.data ?? [])]).toEqual([0.5, -1, 2]);
});

const refused = (bytes: Buffer) => failureOf(() => readTorchWeights(bytes, 'weights.pth'));

test('what a pickle would have Python call is refused by name', async () => {
  const evil = pickledCall(pickledName('os', 'system'), Buffer.from('X\x04\0\0\0true', 'latin1'));
  const { code, message } = await refused(Buffer.concat([torchHeader, pickle(evil)]));
  expect(code).toBe('bad-backbone');
  expect(message).toContain(`weights.pth can't be used as a backbone: its pickle asks for "os.system"`);
});

test.each([
  ['nothing', Buffer.alloc(0), 'it ends too early'],
  ['a picture', Buffer.from('\x89PNG\r\n', 'latin1'), 'opcode'],
  ['the format of today', Buffer.from('PK\x03\x04'), "PyTorch's format of 1.6 and later"],
  ['no dictionary', Buffer.concat([torchHeader, pickle(Buffer.of(0x4e))]), 'no dictionary of tensors'],
  ['half of it', weights.subarray(0, weights.length - 40), 'it ends too early'],
  [
    'a view beyond the numbers',
    torchFile({ a: { shape: [3], strides: [2], data: filters.subarray(0, 4) } }),
    '"a" has',
  ],
  [
    'one number a billion times',
    torchFile({ a: { shape: [1e9], strides: [0], data: filters } }),
    'than are stored',
  ],
  [
    'empty objects without end',
    Buffer.concat([torchHeader, Buffer.alloc(2e6, '}')]),
    'more than 200,000 operations',
  ],
])('%s is refused with a sentence', async (_, bytes, sentence) => {
  const { code, message } = await refused(bytes);
  expect(code).toBe('bad-backbone');
  expect(message).toContain(sentence);
});

test('10,000 damaged files are read or refused with a sentence, in little time and memory', () => {
  const random = createRandom(1);
  const sentence = /^weights\.pth can't be used as a backbone: .+\. Labels/;
  const wrong: string[] = [];
  let refusals = 0;
  for (let i = 0; i < 10_000; i++) {
    const damaged = mutate(weights, random);
    try {
      const tensors = [...readTorchWeights(damaged, 'weights.pth').values()];
      const bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
      if (bytes > damaged.length) wrong.push(`${bytes} bytes from ${damaged.length}`);
    } catch (error) {
      if (!(error instanceof Failure) || !sentence.test(error.message)) wrong.push(String(error));
      refusals += 1;
    }
  }
  expect(wrong).toEqual([]);
  expect(refusals).toBeGreaterThan(5000);
  expect(refusals).toBeLessThan(10_000);
}, 10_000);

/** One to three bytes changed, taken out, put in or moved. */
function mutate(bytes: Buffer, random: Random): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  let damaged = Buffer.from(bytes);
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = below(damaged.length);
    const other = below(damaged.length);
    switch (below(5)) {
      case 0:
        damaged[at] = below(256);
        break;
      case 1:
        damaged[at] = (damaged[at] ?? 0) ^ (1 << below(8));
        break;
      case 2:
        damaged = damaged.subarray(0, Math.max(1, at));
        break;
      case 3:
        damaged = Buffer.concat([damaged.subarray(0, at), Buffer.of(below(256)), damaged.subarray(at)]);
        break;
      default:
        damaged = Buffer.concat([
          damaged.subarray(0, at),
          damaged.subarray(Math.min(at, other), Math.max(at, other)),
          damaged.subarray(at),
        ]);
    }
  }
  return damaged;
}
