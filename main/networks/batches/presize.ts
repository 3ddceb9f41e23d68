// Presizing, after chapter 5 of the fastai book: each image is decoded once and scaled to a square somewhat larger than
// the network's input. Augmentation then samples that square once, so that nothing is interpolated twice and there are
// more pixels than the network sees to rotate and zoom in.
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../files/reason.ts';
import { Failure } from '../../../shared/failure.ts';
import { ContentCache } from '../../features/contentCache.ts';
import type { FilesFound, Finding, ImageFile } from '../../features/extraction/images.ts';
import { Reader } from '../../features/extraction/reader.ts';
import type { ReadImage } from '../../features/extraction/reading.ts';
import type { Work } from '../../work/work.ts';

const presizing = 1.3;
/** Images that are read ahead: enough to keep the decoders busy, and few enough to keep memory flat. */
const window = 32;

/**
 * The side of the presized square: 1.3 times the network's, but no larger than the images are. Pixels that the files
 * do not have would only blur: images as small as the network's input are not scaled at all.
 * @param target side of the network's input.
 * @param imageSide median of the images' shorter sides.
 */
export function presizeSide(target: number, imageSide: number): number {
  return Math.max(target, Math.min(Math.round(presizing * target), imageSide));
}

export interface PresizeOptions {
  readonly root: string;
  readonly cacheFolder: string;
  /** Of the presized square, in pixels; see `presizeSide`. */
  readonly side: number;
  /** Fills in these alone, by their place in the list; by default all. */
  readonly only?: readonly number[];
  /** Hears of files that were read, damaged ones with the reason, as it goes on. */
  readonly work: Work<FilesFound>;
}

/**
 * Fills the cache of presized pixels with what is missing. What was done before a cancellation is kept.
 * @throws Failure `disk-full`; the signal's reason when it is aborted.
 */
export async function presize(
  images: readonly ImageFile[],
  { root, cacheFolder, side, only = images.map((_, image) => image), work }: PresizeOptions,
): Promise<PresizedImages> {
  const folder = join(cacheFolder, 'pixels');
  const cache = openCache(folder, side);
  const presized = new PresizedImages(images, { root, folder, side, cache });
  const todo = only.filter((image) => {
    const hash = images[image]?.hash;
    return !hash || !cache.has(hash);
  });
  try {
    checkRoom(folder, todo.length * cache.bytes, side);
    let done = only.length - todo.length;
    work.progress('pixels', done, only.length);
    const start = (from: number) => {
      const reading = Promise.all(todo.slice(from, from + window).map((image) => presized.decode(image)));
      // Where the window before it failed, nobody asks for this one.
      reading.catch(() => {});
      return reading;
    };
    // One window is awaited while the next is being read already.
    let ahead = start(0);
    for (let from = 0; from < todo.length; from += window) {
      work.signal.throwIfAborted();
      const current = ahead;
      ahead = start(from + window);
      const findings = await current;
      done += findings.length;
      work.found({ kind: 'files', findings });
      work.progress('pixels', done, only.length);
    }
    return presized;
  } catch (error) {
    await presized.close();
    throw error;
  }
}

/** The squares of a data set's images, on disk. */
export class PresizedImages {
  /** In pixels. */
  readonly side: number;
  readonly #images: readonly ImageFile[];
  readonly #root: string;
  readonly #folder: string;
  readonly #cache: ContentCache;
  readonly #hashes: (Uint8Array | null)[];
  #reader: Reader | null = null;

  constructor(
    images: readonly ImageFile[],
    {
      root,
      folder,
      side,
      cache,
    }: {
      readonly root: string;
      readonly folder: string;
      readonly side: number;
      readonly cache: ContentCache;
    },
  ) {
    this.side = side;
    this.#images = images;
    this.#root = root;
    this.#folder = folder;
    this.#cache = cache;
    this.#hashes = images.map(({ hash }) => hash);
  }

  /** Bytes of an image: side × side × 3, red green blue, row by row. */
  get bytes(): number {
    return this.#cache.bytes;
  }

  /** The images that are pictures, by their place in the list; damaged ones are left out. */
  get usable(): number[] {
    return this.#images.flatMap((_, image) => {
      const hash = this.#hashes[image];
      return hash && this.#cache.has(hash) ? [image] : [];
    });
  }

  /**
   * Reads an image's square. One whose pixels on disk are not intact is decoded anew.
   * @throws Failure `not-found` where the file is no longer the picture that it was.
   */
  async read(image: number, into: Uint8Array): Promise<void> {
    const hash = this.#hashes[image];
    if (hash && (await this.#cache.read(hash, into))) return;
    const { reason } = await this.decode(image);
    const found = this.#hashes[image];
    if (found && (await this.#cache.read(found, into))) return;
    throw new Failure(
      'not-found',
      `${join(this.#root, this.#images[image]?.path ?? '')} can't be read any more (${reason ?? 'it has changed'}). ` +
        'Training was stopped; your labels are safe. Train again to go on without it.',
    );
  }

  /** Reads and decodes an image's file into the cache. */
  async decode(image: number): Promise<Finding> {
    this.#reader ??= new Reader();
    const file = join(this.#root, this.#images[image]?.path ?? '');
    const { pixels, bytes: _, ...facts }: ReadImage = await this.#reader.read(file, this.side);
    this.#hashes[image] = pixels ? facts.hash : null;
    if (pixels && facts.hash) this.#keep(facts.hash, pixels);
    return { image, ...facts };
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    this.#cache.close();
  }

  #keep(hash: Uint8Array, pixels: Uint8Array): void {
    try {
      this.#cache.put(hash, pixels);
    } catch (error) {
      throw explain(error, this.#folder);
    }
  }
}

function openCache(folder: string, side: number): ContentCache {
  try {
    return new ContentCache(folder, { rows: `${side}.u8`, index: `${side}.idx` }, side * side * 3);
  } catch (error) {
    throw explain(error, folder);
  }
}

/** Says before the work what would fail after an hour of it. */
function checkRoom(folder: string, needed: number, side: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (needed <= free) return;
  throw new Failure(
    'disk-full',
    `The images at ${side} × ${side} pixels take ${gigabytes(needed)} in ${folder}, and ${gigabytes(free)} are free. ` +
      'Nothing was trained. Make room, or train at a smaller side.',
  );
}

function explain(error: unknown, folder: string): unknown {
  const code = errorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new Failure(
    'disk-full',
    `The disk is full: not all images could be kept in ${folder}. Your labels are safe, and what was done is kept. ` +
      'Make room, and train again to go on from there.',
    { cause: error },
  );
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toLocaleString('en', { maximumFractionDigits: 1 })} GB`;
