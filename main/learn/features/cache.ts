// Feature vectors on disk, one row for each content that a backbone has seen, appended as they are computed.
// Two files: `<backbone>.f32` has the vectors, `<backbone>.idx` the SHA-256 of the content and a checksum of its
// vector for each. What a killed process leaves half written is cut off at the next opening.
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FeatureSource } from '../head/source.ts';

const hashBytes = 32;
const entryBytes = hashBytes + 4;
const rowsPerBlock = 512;

export class FeatureCache {
  /** Numbers in a vector. */
  readonly columns: number;
  readonly #vectors: number;
  readonly #index: number;
  readonly #rowOf = new Map<string, number>();
  #rows = 0;

  /** Opens the cache of one backbone, or makes it. */
  constructor(folder: string, backbone: string, columns: number) {
    mkdirSync(folder, { recursive: true });
    this.columns = columns;
    this.#vectors = openSync(join(folder, `${backbone}.f32`), 'a+');
    this.#index = openSync(join(folder, `${backbone}.idx`), 'a+');
    this.#load();
  }

  has(hash: Uint8Array): boolean {
    return this.#rowOf.has(key(hash));
  }

  /** Appends vectors, row-major, one a hash. Those that are there already are left as they are. */
  append(hashes: readonly Uint8Array[], vectors: Float32Array): void {
    const entries: Buffer[] = [];
    const rows: Float32Array[] = [];
    hashes.forEach((hash, i) => {
      if (this.has(hash)) return;
      const vector = vectors.subarray(i * this.columns, (i + 1) * this.columns);
      const entry = Buffer.alloc(entryBytes);
      entry.set(hash);
      entry.writeUInt32LE(crc32(bytesOf(vector)), hashBytes);
      entries.push(entry);
      rows.push(vector);
      this.#rowOf.set(key(hash), this.#rows++);
    });
    // Vectors first: an entry in the index promises that its vector is there.
    writeAll(this.#vectors, Buffer.concat(rows.map(bytesOf)));
    writeAll(this.#index, Buffer.concat(entries));
  }

  /** The vectors of these contents in this order, read in blocks. Every hash must be in the cache. */
  source(hashes: readonly Uint8Array[]): FeatureSource {
    const rows = Uint32Array.from(hashes, (hash) => {
      const row = this.#rowOf.get(key(hash));
      if (row === undefined) throw new Error(`no features for content ${key(hash)}`);
      return row;
    });
    const { columns } = this;
    const vectors = this.#vectors;
    return {
      rows: rows.length,
      columns,
      *blocks(from = 0) {
        const data = new Float32Array(Math.min(rowsPerBlock, rows.length) * columns);
        for (let start = from; start < rows.length; start += rowsPerBlock) {
          const part = rows.subarray(start, start + rowsPerBlock);
          // Rows that lie side by side in the file are read with one call.
          for (let i = 0; i < part.length;) {
            const first = part[i] ?? 0;
            let length = 1;
            while (part[i + length] === first + length) length += 1;
            const target = data.subarray(i * columns, (i + length) * columns);
            readAll(vectors, bytesOf(target), first * columns * 4);
            i += length;
          }
          yield { start, rows: part.length, data: data.subarray(0, part.length * columns) };
        }
      },
    };
  }

  close(): void {
    closeSync(this.#vectors);
    closeSync(this.#index);
  }

  #load(): void {
    const vectorBytes = this.columns * 4;
    const index = Buffer.alloc(fstatSync(this.#index).size);
    readAll(this.#index, index, 0);
    const promised = Math.floor(index.length / entryBytes);
    const present = Math.floor(fstatSync(this.#vectors).size / vectorBytes);
    const block = Buffer.alloc(rowsPerBlock * vectorBytes);
    let intact = true;
    for (let start = 0; intact && start < Math.min(promised, present); start += rowsPerBlock) {
      const count = Math.min(rowsPerBlock, promised - start, present - start);
      readAll(this.#vectors, block.subarray(0, count * vectorBytes), start * vectorBytes);
      for (let i = 0; intact && i < count; i++) {
        const entry = index.subarray((start + i) * entryBytes, (start + i + 1) * entryBytes);
        intact =
          crc32(block.subarray(i * vectorBytes, (i + 1) * vectorBytes)) === entry.readUInt32LE(hashBytes);
        if (intact) this.#rowOf.set(key(entry.subarray(0, hashBytes)), this.#rows++);
      }
    }
    ftruncateSync(this.#vectors, this.#rows * vectorBytes);
    ftruncateSync(this.#index, this.#rows * entryBytes);
  }
}

const key = (hash: Uint8Array) =>
  Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1');

const bytesOf = (vector: Float32Array) => new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

function readAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new Error('the feature cache ended early');
    done += read;
  }
}
