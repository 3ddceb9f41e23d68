// Reads the weights of a network as PyTorch stored them before 1.6: five pickles, then the numbers. Needs no PyTorch, and
// executes nothing. Reference: `_legacy_save` in torch/serialization.py.
import { badBackbone } from './bad.ts';
import {
  ByteReader,
  Call,
  Global,
  PersistentId,
  quoted,
  readPickle,
  Unreadable,
  type Value,
} from './pickle.ts';

export interface Tensor {
  readonly shape: readonly number[];
  /** In the order of the shape, the last dimension fastest. */
  readonly data: Float32Array;
}

/** Where the numbers of a tensor are: element i, j, … is number `offset + i · strides[0] + j · strides[1] + …`. */
interface View {
  readonly storage: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const magic = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;
const rebuildTensor = 'torch._utils._rebuild_tensor_v2';
/** Bytes a number. */
const storageTypes: Readonly<Record<string, number>> = { 'torch.FloatStorage': 4, 'torch.LongStorage': 8 };
const names = new Set([rebuildTensor, ...Object.keys(storageTypes)]);
const dimensionsAtMost = 8;

/**
 * The tensors of 32-bit numbers, by name; others, such as counters, are left out. Takes no more memory for them than the
 * file has bytes.
 * @param file as the sentence names it
 * @throws Failure `bad-backbone` for anything but the tensors of a network
 */
export function readTorchWeights(bytes: Buffer, file: string): ReadonlyMap<string, Tensor> {
  try {
    return readTensors(bytes);
  } catch (error) {
    if (error instanceof Unreadable) throw badBackbone(file, error.message);
    throw error;
  }
}

function readTensors(bytes: Buffer): Map<string, Tensor> {
  if (bytes.subarray(0, 2).toString('latin1') === 'PK') {
    throw new Unreadable("it has PyTorch's format of 1.6 and later, and only the one before is read");
  }
  const reader = new ByteReader(bytes);
  const next = () => readPickle(reader, names);
  if (next() !== magic || next() !== protocol) throw new Unreadable("it is no file of PyTorch's");
  const system = next();
  if (!(system instanceof Map) || system.get('little_endian') !== true) {
    throw new Unreadable('its numbers are not little-endian');
  }
  const state = next();
  if (!(state instanceof Map)) throw new Unreadable('it is no dictionary of tensors');
  const types = new Map<string, string>();
  const views = [...state].map(([name, value]): [string, View] => {
    if (typeof name !== 'string') throw new Unreadable('it is no dictionary of tensors');
    return [name, toView(name, value, types)];
  });
  const storages = readStorages(reader, next(), types);

  let left = [...storages.values()].reduce((sum, { byteLength }) => sum + byteLength / 4, 0);
  const tensors = new Map<string, Tensor>();
  for (const [name, view] of views) {
    if (types.get(view.storage) !== 'torch.FloatStorage') continue;
    const storage = storages.get(view.storage);
    const length = view.shape.reduce((product, size) => product * size, 1);
    const last = view.shape.reduce((sum, size, i) => sum + (size - 1) * (view.strides[i] ?? 0), view.offset);
    if (!storage || (length > 0 && last >= storage.byteLength / 4)) {
      throw new Unreadable(`${quoted(name)} has more numbers than are stored`);
    }
    // Views of the same numbers: a few bytes could ask for any amount of memory.
    left -= length;
    if (left < 0) throw new Unreadable('its tensors have more numbers than are stored');
    tensors.set(name, { shape: view.shape, data: gather(view, storage, length) });
  }
  return tensors;
}

/** A tensor as its pickle describes it. Notes the type of its storage. */
function toView(name: string, value: Value, types: Map<string, string>): View {
  if (value instanceof Call && value.name === rebuildTensor) {
    const [storage, offset, shape, strides] = value.args;
    const id = storage instanceof PersistentId ? storage.id : null;
    if (Array.isArray(id)) {
      const [kind, type, key] = id;
      if (
        kind === 'storage' &&
        type instanceof Global &&
        typeof key === 'string' &&
        (types.get(key) ?? type.name) === type.name &&
        isCount(offset) &&
        areCounts(shape) &&
        areCounts(strides) &&
        shape.length === strides.length &&
        shape.length <= dimensionsAtMost
      ) {
        types.set(key, type.name);
        return { storage: key, offset, shape, strides };
      }
    }
  }
  throw new Unreadable(`${quoted(name)} is no tensor`);
}

/** The bytes of each storage: how many numbers, then the numbers, in the order of the keys. */
function readStorages(
  reader: ByteReader,
  keys: Value,
  types: ReadonlyMap<string, string>,
): Map<string, DataView> {
  const storages = new Map<string, DataView>();
  if (!Array.isArray(keys)) throw new Unreadable('it does not list its tensors');
  for (const key of keys) {
    const size = typeof key === 'string' ? storageTypes[types.get(key) ?? ''] : undefined;
    if (typeof key !== 'string' || size === undefined || storages.has(key)) {
      throw new Unreadable('it lists tensors that it does not have');
    }
    const count = Number(reader.take(8).readBigUInt64LE());
    const { buffer, byteOffset, byteLength } = reader.take(count * size);
    storages.set(key, new DataView(buffer, byteOffset, byteLength));
  }
  return storages;
}

function gather({ offset, shape, strides }: View, storage: DataView, length: number): Float32Array {
  const data = new Float32Array(length);
  let to = 0;
  const copy = (dimension: number, from: number): void => {
    if (dimension === shape.length) {
      data[to++] = storage.getFloat32(4 * from, true);
      return;
    }
    const stride = strides[dimension] ?? 0;
    for (let i = 0; i < (shape[dimension] ?? 0); i++) copy(dimension + 1, from + i * stride);
  };
  if (length > 0) copy(0, offset);
  return data;
}

const isCount = (value: Value | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const areCounts = (value: Value | undefined): value is number[] =>
  Array.isArray(value) && value.every(isCount);
