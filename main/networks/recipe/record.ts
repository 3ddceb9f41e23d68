// Named arrays and a few facts in one file, written whole, and believed only if its size and SHA-256 are those that it
// says.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeWhole } from '../../files/whole.ts';

export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** `facts` are anything that JSON can say. */
export interface StoredRecord<T> {
  readonly facts: T;
  readonly arrays: readonly NamedArray[];
}

interface Header<T> {
  readonly facts: T;
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

const hashBytes = 32;
/** The hash of all that follows it, the length of the content, and that of the header in JSON, with which it begins. */
const prefixBytes = hashBytes + 8 + 4;

export function writeRecord<T>(file: string, { facts, arrays }: StoredRecord<T>): void {
  const header: Header<T> = { facts, arrays: arrays.map(({ name, shape }) => ({ name, shape })) };
  const parts = [Buffer.from(JSON.stringify(header)), ...arrays.map(({ values }) => bytesOf(values))];
  const lengths = Buffer.alloc(prefixBytes - hashBytes);
  lengths.writeBigUInt64LE(BigInt(parts.reduce((sum, { length }) => sum + length, 0)));
  lengths.writeUInt32LE(parts[0]?.length ?? 0, 8);
  parts.unshift(lengths);
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  writeWhole(file, hash.digest(), ...parts);
}

/** Null where the file is not there, or is not what was written. */
export function readRecord<T>(file: string): StoredRecord<T> | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return null;
  }
  if (bytes.length < prefixBytes) return null;
  const content = bytes.subarray(prefixBytes);
  if (BigInt(content.length) !== bytes.readBigUInt64LE(hashBytes)) return null;
  if (!createHash('sha256').update(bytes.subarray(hashBytes)).digest().equals(bytes.subarray(0, hashBytes)))
    return null;
  const headerLength = bytes.readUInt32LE(hashBytes + 8);
  const { facts, arrays } = JSON.parse(content.toString('utf8', 0, headerLength)) as Header<T>;
  let place = headerLength;
  return {
    facts,
    arrays: arrays.map(({ name, shape }) => {
      const length = shape.reduce((product, side) => product * side, 1);
      const values = new Float32Array(length);
      bytesOf(values).set(content.subarray(place, (place += length * 4)));
      return { name, shape, values };
    }),
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);
