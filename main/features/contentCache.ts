// What was computed of the contents of files, on disk: one row of a fixed size for each. Two files: one has the rows, the
// other, the index, the SHA-256 of the content that each came from and a checksum of the row. Rows are written first: an
// entry in the index promises its row. What a killed process left half written is cut off at the next opening.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  read,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

const hashBytes = 32;
const entryBytes = hashBytes + 4;
const bytesPerBlock = 2 ** 21;
const readInPool = promisify(read);

interface Entry {
  readonly row: number;
  readonly checksum: number;
}

export class ContentCache {
  /** Of a row. */
  readonly bytes: number;
  readonly #rows: number;
  readonly #index: number;
  readonly #entryOf = new Map<string, Entry>();

  /** Opens the cache, or makes it. `names`: of the two files in the folder. */
  constructor(folder: string, names: { readonly rows: string; readonly index: string }, bytes: number) {
    mkdirSync(folder, { recursive: true });
    this.bytes = bytes;
    const flags = constants.O_RDWR | constants.O_CREAT;
    this.#rows = openSync(join(folder, names.rows), flags);
    this.#index = openSync(join(folder, names.index), flags);
    this.#load();
  }

  has(hash: Uint8Array): boolean {
    return this.#entryOf.has(key(hash));
  }

  /** The place of a content's row in the file, from 0; undefined where it is not there. */
  placeOf(hash: Uint8Array): number | undefined {
    return this.#entryOf.get(key(hash))?.row;
  }

  /** Keeps the row of a content; one of the same content that is there already is replaced. */
  put(hash: Uint8Array, bytes: Uint8Array): void {
    if (bytes.length !== this.bytes) throw new Error(`${bytes.length} bytes in a row, not ${this.bytes}`);
    const row = this.placeOf(hash) ?? this.#entryOf.size;
    const checksum = crc32(bytes);
    const entry = Buffer.alloc(entryBytes);
    entry.set(hash);
    entry.writeUInt32LE(checksum, hashBytes);
    writeAll(this.#rows, bytes, row * this.bytes);
    writeAll(this.#index, entry, row * entryBytes);
    this.#entryOf.set(key(hash), { row, checksum });
  }

  /**
   * Reads the row of a content into a buffer of its size, in the thread pool.
   * @returns false where it is not there, or not intact.
   */
  async read(hash: Uint8Array, into: Uint8Array): Promise<boolean> {
    const entry = this.#entryOf.get(key(hash));
    if (!entry) return false;
    for (let done = 0; done < this.bytes;) {
      const position = entry.row * this.bytes + done;
      const { bytesRead } = await readInPool(this.#rows, into, done, this.bytes - done, position);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return crc32(into) === entry.checksum;
  }

  /** Reads rows that lie side by side, as many as fit, as they are: `cutAtDamage` has looked at their checksums. */
  readRows(first: number, into: Uint8Array): void {
    readAll(this.#rows, into, first * this.bytes);
  }

  /** Reads all rows, and forgets them from the first on that is not intact. */
  cutAtDamage(): void {
    const entries = [...this.#entryOf.entries()];
    const perBlock = Math.max(1, Math.floor(bytesPerBlock / this.bytes));
    const block = Buffer.alloc(perBlock * this.bytes);
    for (let start = 0; start < entries.length; start += perBlock) {
      const part = entries.slice(start, start + perBlock);
      this.readRows(start, block.subarray(0, part.length * this.bytes));
      const damaged = part.findIndex(
        ([, { checksum }], i) => crc32(block.subarray(i * this.bytes, (i + 1) * this.bytes)) !== checksum,
      );
      if (damaged === -1) continue;
      for (const [content] of entries.slice(start + damaged)) this.#entryOf.delete(content);
      this.#cut();
      return;
    }
  }

  close(): void {
    closeSync(this.#rows);
    closeSync(this.#index);
  }

  /** Takes over the entries whose rows are there in full; in the order of the rows, as all of this relies on. */
  #load(): void {
    const promised = Math.floor(fstatSync(this.#index).size / entryBytes);
    const present = Math.floor(fstatSync(this.#rows).size / this.bytes);
    const index = Buffer.alloc(Math.min(promised, present) * entryBytes);
    readAll(this.#index, index, 0);
    for (let row = 0; row * entryBytes < index.length; row++) {
      const entry = index.subarray(row * entryBytes, (row + 1) * entryBytes);
      const content = key(entry.subarray(0, hashBytes));
      // No content is written twice: from here on the index is not what was written.
      if (this.#entryOf.has(content)) break;
      this.#entryOf.set(content, { row, checksum: entry.readUInt32LE(hashBytes) });
    }
    this.#cut();
  }

  #cut(): void {
    ftruncateSync(this.#rows, this.#entryOf.size * this.bytes);
    ftruncateSync(this.#index, this.#entryOf.size * entryBytes);
  }
}

const key = (hash: Uint8Array) =>
  Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1');

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

function readAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new Error('the cache ended early');
    done += read;
  }
}
