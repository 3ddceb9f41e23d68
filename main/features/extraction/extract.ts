// Reads each image once (hash, decode and features come from the same bytes) and runs the backbone over batches,
// decoding ahead while the backbone computes. Vectors are appended to the cache batch by batch, in the order of the
// images, so a run that is interrupted goes on where it stopped.
import { join } from 'node:path';
import type { Backbone } from '../backbone/onnx.ts';
import type { Work } from '../../work/work.ts';
import type { FeatureCache } from './cache.ts';
import { careNow } from './care.ts';
import type { FilesFound, Finding, ImageFile } from './images.ts';
import { Reader } from './reader.ts';

export interface ExtractOptions {
  readonly root: string;
  readonly backbone: Backbone;
  readonly cache: FeatureCache;
  /** Hears of files that were read, as batches finish. */
  readonly work: Work<FilesFound>;
}

export interface Extracted {
  /** The content of each image; null where it could not be read or decoded. */
  readonly hashes: readonly (Uint8Array | null)[];
  readonly decoded: number;
  /** Seconds in which images were decoded, that the backbone waited for them, and that it computed. */
  readonly decode: number;
  readonly decodeWait: number;
  readonly inference: number;
}

interface Read {
  readonly finding: Finding;
  /** Null where the file is no picture. */
  readonly pixels: Uint8Array | null;
}

/** @throws the signal's reason when it is aborted; what was computed until then is in the cache. */
export async function extractFeatures(
  images: readonly ImageFile[],
  { root, backbone, cache, work }: ExtractOptions,
): Promise<Extracted> {
  const hashes = images.map(({ hash }) => hash);
  const todo = images.flatMap(({ path, hash }, image) => (hash && cache.has(hash) ? [] : [{ image, path }]));
  const times = { decode: 0, decodeWait: 0, inference: 0 };
  let done = images.length - todo.length;
  work.progress('features', done, images.length);
  if (todo.length === 0) return { hashes, decoded: 0, ...times };

  const reader = new Reader();
  const startBatch = (start: number) =>
    todo.slice(start, start + backbone.batchSize).map(async ({ image, path }): Promise<Read> => {
      const { pixels, bytes: _, ...facts } = await reader.read(join(root, path), backbone.side);
      return { finding: { image, ...facts }, pixels };
    });
  // While nothing else goes on, so that a second death is theirs.
  for (const suspect of careNow()?.suspects ?? []) await reader.read(suspect, backbone.side);
  // Two batches ahead: enough to keep the decoders busy, and few enough to keep memory flat.
  const ahead = [startBatch(0), startBatch(backbone.batchSize)];
  try {
    for (let start = 0; start < todo.length; start += backbone.batchSize) {
      work.signal.throwIfAborted();
      const waitFrom = performance.now();
      const batch = await Promise.all(ahead.shift() ?? []);
      times.decodeWait += (performance.now() - waitFrom) / 1000;
      ahead.push(startBatch(start + 2 * backbone.batchSize));

      const fresh = distinct(batch).filter(({ hash }) => !cache.has(hash));
      if (fresh.length > 0) {
        const from = performance.now();
        const vectors = await backbone.embed(fresh.map(({ pixels }) => pixels));
        times.inference += (performance.now() - from) / 1000;
        cache.append(
          fresh.map(({ hash }) => hash),
          evenOut(vectors),
        );
      }
      const findings = batch.map(({ finding }) => finding);
      for (const { image, hash, reason } of findings) hashes[image] = reason === null ? hash : null;
      done += batch.length;
      work.found({ kind: 'files', findings });
      work.progress('features', done, images.length);
    }
  } finally {
    await reader.close();
  }
  return { hashes, decoded: todo.length, ...times, decode: reader.busy };
}

/**
 * The signed square root of every feature, in place: it evens out long tails, and the ranking gains by it (0.904 → 0.912
 * average precision on photos of flowers). Power normalisation, after Perronnin, Sánchez and Mensink 2010.
 */
function evenOut(vectors: Float32Array): Float32Array {
  for (let i = 0; i < vectors.length; i++) {
    const value = vectors[i] ?? 0;
    vectors[i] = Math.sign(value) * Math.sqrt(Math.abs(value));
  }
  return vectors;
}

/** The first of each content that has pixels: copies of a file share one vector. */
function distinct(batch: readonly Read[]): { hash: Uint8Array; pixels: Uint8Array }[] {
  const byHash = new Map<string, { hash: Uint8Array; pixels: Uint8Array }>();
  for (const { finding, pixels } of batch) {
    const { hash } = finding;
    if (hash && pixels) byHash.set(Buffer.from(hash).toString('hex'), { hash, pixels });
  }
  return [...byHash.values()];
}
