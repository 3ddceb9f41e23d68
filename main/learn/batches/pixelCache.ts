// Presized pixels on disk, so that each image is decoded once and every later epoch only reads. Two files for each side:
// `<side>.u8` has the pixels of one square after another, `<side>.idx` the SHA-256 of the file that each came from and a
// checksum. Pixels are written first: an entry in the index promises them, and the checksum is looked at whenever they
// are read, so that what a killed process or a failing disk left behind is never taken for an image.
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
const readInPool = promisify(read);

export class PixelCache {
  /** Bytes of an image: side × side × 3. */
  readonly bytes: number;
  readonly #pixels: number;
  readonly #index: number;
  readonly #entryOf = new Map<string, { readonly row: number; readonly checksum: number }>();
  #rows = 0;

  /** Opens the cache of one side, or makes it. */
  constructor(folder: string, side: number) {
    mkdirSync(folder, { recursive: true });
    this.bytes = side * side * 3;
    const flags = constants.O_RDWR | constants.O_CREAT;
    this.#pixels = openSync(join(folder, `${side}.u8`), flags);
    this.#index = openSync(join(folder, `${side}.idx`), flags);
    this.#load();
  }

  has(hash: Uint8Array): boolean {
    return this.#entryOf.has(key(hash));
  }

  /** Keeps the pixels of a content; those of the same content that are there already are replaced. */
  put(hash: Uint8Array, pixels: Uint8Array): void {
    if (pixels.length !== this.bytes) throw new Error(`${pixels.length} bytes of pixels, not ${this.bytes}`);
    const row = this.#entryOf.get(key(hash))?.row ?? this.#rows++;
    const checksum = crc32(pixels);
    const entry = Buffer.alloc(entryBytes);
    entry.set(hash);
    entry.writeUInt32LE(checksum, hashBytes);
    writeAll(this.#pixels, pixels, row * this.bytes);
    writeAll(this.#index, entry, row * entryBytes);
    this.#entryOf.set(key(hash), { row, checksum });
  }

  /**
   * Reads the pixels of a content into a buffer of their size, in the thread pool.
   * @returns false where they are not there, or not intact.
   */
  async read(hash: Uint8Array, into: Uint8Array): Promise<boolean> {
    const entry = this.#entryOf.get(key(hash));
    if (!entry) return false;
    for (let done = 0; done < this.bytes;) {
      const position = entry.row * this.bytes + done;
      const { bytesRead } = await readInPool(this.#pixels, into, done, this.bytes - done, position);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return crc32(into) === entry.checksum;
  }

  close(): void {
    closeSync(this.#pixels);
    closeSync(this.#index);
  }

  /** Takes over the entries whose pixels are there in full; what is left of a killed process is cut off. */
  #load(): void {
    const promised = Math.floor(fstatSync(this.#index).size / entryBytes);
    const present = Math.floor(fstatSync(this.#pixels).size / this.bytes);
    const rows = Math.min(promised, present);
    this.#rows = rows;
    const index = Buffer.alloc(rows * entryBytes);
    for (let done = 0; done < index.length;) {
      done += readSync(this.#index, index, done, index.length - done, done);
    }
    for (let row = 0; row < rows; row++) {
      const entry = index.subarray(row * entryBytes, (row + 1) * entryBytes);
      this.#entryOf.set(key(entry.subarray(0, hashBytes)), { row, checksum: entry.readUInt32LE(hashBytes) });
    }
    ftruncateSync(this.#index, rows * entryBytes);
    ftruncateSync(this.#pixels, rows * this.bytes);
  }
}

const key = (hash: Uint8Array) =>
  Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1');

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}
