// Reads each image once (hash, decode and features come from the same bytes) and runs the backbone over batches,
// decoding ahead while the backbone computes. Vectors are appended to the cache batch by batch, in the order of the
// images, so a run that is interrupted goes on where it stopped.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSquare, reasonFor } from '../../images/decode.ts';
import type { Backbone } from '../backbone/onnx.ts';
import type { Finding } from '../protocol.ts';
import type { FeatureCache } from './cache.ts';

export interface ExtractImage {
  readonly path: string;
  readonly hash: Uint8Array | null;
}

export interface ExtractOptions {
  readonly root: string;
  readonly backbone: Backbone;
  readonly cache: FeatureCache;
  readonly signal: AbortSignal;
  /** What was found out about files that were read, as batches finish. */
  readonly onFindings: (findings: readonly Finding[]) => void;
  readonly onProgress: (done: number, total: number) => void;
}

export interface Extracted {
  /** The content of each image; null where it could not be read or decoded. */
  readonly hashes: readonly (Uint8Array | null)[];
  readonly decoded: number;
  /** Seconds that the backbone waited for pixels, and that it computed. */
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
  images: readonly ExtractImage[],
  { root, backbone, cache, signal, onFindings, onProgress }: ExtractOptions,
): Promise<Extracted> {
  const hashes = images.map(({ hash }) => hash);
  const todo = images.flatMap(({ hash }, i) => (hash && cache.has(hash) ? [] : [i]));
  const times = { decodeWait: 0, inference: 0 };
  let decoded = 0;
  let done = images.length - todo.length;
  onProgress(done, images.length);

  const read = async (image: number): Promise<Read> => {
    const nothing = { image, hash: null, width: null, height: null };
    const path = images[image]?.path ?? '';
    let bytes: Buffer;
    try {
      bytes = await readFile(join(root, path));
    } catch (error) {
      return { finding: { ...nothing, reason: `cannot be read: ${codeOf(error)}` }, pixels: null };
    }
    const hash = createHash('sha256').update(bytes).digest();
    try {
      const { pixels, width, height } = await decodeSquare(bytes, backbone.side);
      return { finding: { image, hash, width, height, reason: null }, pixels };
    } catch (error) {
      return { finding: { ...nothing, hash, reason: reasonFor(error) }, pixels: null };
    }
  };

  const startBatch = (start: number) => todo.slice(start, start + backbone.batchSize).map(read);
  // Two batches ahead: enough to keep the decoders busy, and few enough to keep memory flat.
  const ahead = [startBatch(0), startBatch(backbone.batchSize)];
  try {
    for (let start = 0; start < todo.length; start += backbone.batchSize) {
      signal.throwIfAborted();
      const waitFrom = performance.now();
      const batch = await Promise.all(ahead.shift() ?? []);
      times.decodeWait += performance.now() - waitFrom;
      ahead.push(startBatch(start + 2 * backbone.batchSize));

      const fresh = distinct(batch).filter(({ hash }) => !cache.has(hash));
      if (fresh.length > 0) {
        const from = performance.now();
        const vectors = await backbone.embed(fresh.map(({ pixels }) => pixels));
        times.inference += performance.now() - from;
        cache.append(
          fresh.map(({ hash }) => hash),
          vectors,
        );
      }
      const findings = batch.map(({ finding }) => finding);
      for (const { image, hash, reason } of findings) hashes[image] = reason === null ? hash : null;
      decoded += batch.length;
      done += batch.length;
      onFindings(findings);
      onProgress(done, images.length);
    }
  } finally {
    await Promise.all(ahead.flat());
  }
  return { hashes, decoded, decodeWait: times.decodeWait / 1000, inference: times.inference / 1000 };
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

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
