// Feature vectors on disk, one for each content that a backbone has seen, appended as they are computed.
import { ContentCache } from '../contentCache.ts';
import type { FeatureSource } from '../../head/source.ts';

const rowsPerBlock = 512;

export class FeatureCache {
  /** Numbers in a vector. */
  readonly columns: number;
  readonly #vectors: ContentCache;

  /** Opens the cache of one backbone, or makes it. */
  constructor(folder: string, backbone: string, columns: number) {
    this.columns = columns;
    this.#vectors = new ContentCache(
      folder,
      { rows: `${backbone}.f32`, index: `${backbone}.idx` },
      columns * Float32Array.BYTES_PER_ELEMENT,
    );
    // Vectors are read again and again, so they are looked at once.
    this.#vectors.cutAtDamage();
  }

  has(hash: Uint8Array): boolean {
    return this.#vectors.has(hash);
  }

  /** Appends vectors, row-major, one a hash. Those that are there already are left as they are. */
  append(hashes: readonly Uint8Array[], vectors: Float32Array): void {
    hashes.forEach((hash, i) => {
      if (this.has(hash)) return;
      this.#vectors.put(hash, bytesOf(vectors.subarray(i * this.columns, (i + 1) * this.columns)));
    });
  }

  /** The vectors of these contents in this order, read in blocks. Every hash must be in the cache. */
  source(hashes: readonly Uint8Array[]): FeatureSource {
    const rows = Uint32Array.from(hashes, (hash) => {
      const row = this.#vectors.placeOf(hash);
      if (row === undefined) throw new Error(`no features for content ${Buffer.from(hash).toString('hex')}`);
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
            vectors.readRows(first, bytesOf(data.subarray(i * columns, (i + length) * columns)));
            i += length;
          }
          yield { start, rows: part.length, data: data.subarray(0, part.length * columns) };
        }
      },
    };
  }

  close(): void {
    this.#vectors.close();
  }
}

const bytesOf = (vector: Float32Array) => new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
