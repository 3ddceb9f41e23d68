// Files of weights as PyTorch wrote them before 1.6, of whatever a test needs.

export interface StoredTensor {
  readonly shape: readonly number[];
  /** Default: the last dimension lies closest. */
  readonly strides?: readonly number[];
  readonly offset?: number;
  /** As they lie in the file. */
  readonly data: Float32Array | BigInt64Array;
}

const byte = (value: number) => Buffer.of(value);

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

const text = (value: string) =>
  Buffer.concat([byte(0x58), uint32(Buffer.byteLength(value)), Buffer.from(value)]);
const integer = (value: number) => Buffer.concat([byte(0x4a), uint32(value)]);
/** What Python is to look up. */
export const pickledName = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
const tuple = (...items: readonly Buffer[]) => Buffer.concat([byte(0x28), ...items, byte(0x74)]);
/** What Python is to call. */
export const pickledCall = (callee: Buffer, ...args: readonly Buffer[]) =>
  Buffer.concat([callee, tuple(...args), byte(0x52)]);
export const pickle = (...value: readonly Buffer[]) =>
  Buffer.concat([Buffer.of(0x80, 2), ...value, byte(0x2e)]);
const dictionary = (start: Buffer, entries: readonly (readonly [Buffer, Buffer])[]) =>
  Buffer.concat([start, byte(0x28), ...entries.flat(), byte(0x75)]);

const magic = pickle(Buffer.of(0x8a, 10), Buffer.from('6cfc9c46f9206aa85019', 'hex'));
const system = pickle(dictionary(byte(0x7d), [[text('little_endian'), byte(0x88)]]));

/** What stands before the dictionary of tensors. */
export const torchHeader = Buffer.concat([magic, pickle(integer(1001)), system]);

export function torchFile(tensors: Readonly<Record<string, StoredTensor>>): Buffer {
  const entries = Object.entries(tensors);
  const state = entries.map(([name, tensor], i) => [text(name), pickledTensor(tensor, String(i))] as const);
  const keys = entries.map((_, i) => text(String(i)));
  return Buffer.concat([
    torchHeader,
    pickle(dictionary(pickledCall(pickledName('collections', 'OrderedDict')), state)),
    pickle(byte(0x5d), byte(0x28), ...keys, byte(0x65)),
    ...entries.flatMap(([, { data }]) => [
      uint32(data.length),
      uint32(0),
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ]),
  ]);
}

function pickledTensor({ shape, strides, offset = 0, data }: StoredTensor, key: string): Buffer {
  const type = data instanceof Float32Array ? 'FloatStorage' : 'LongStorage';
  const dense = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
  const storage = tuple(
    text('storage'),
    pickledName('torch', type),
    text(key),
    text('cpu'),
    integer(data.length),
    byte(0x4e),
  );
  return pickledCall(
    pickledName('torch._utils', '_rebuild_tensor_v2'),
    Buffer.concat([storage, byte(0x51)]),
    integer(offset),
    tuple(...shape.map(integer)),
    tuple(...(strides ?? dense).map(integer)),
    byte(0x89),
    pickledCall(pickledName('collections', 'OrderedDict')),
  );
}
