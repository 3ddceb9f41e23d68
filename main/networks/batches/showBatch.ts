// Exactly what the network sees of some images in an epoch of training: decoded, presized, augmented. What is done to an
// image depends on the seed, the epoch and the image alone, so it looks the same here as in the batch that it is in.
import { openEngine } from '../engine/engine.ts';
import { medianSide } from '../../features/imageSide.ts';
import { createRandom, seedFrom, shuffled } from '../../math/random.ts';
import { trainingBatches } from './batches.ts';
import { contactSheet } from './contactSheet.ts';
import type { FilesFound, ImageFile } from '../../features/extraction/images.ts';
import type { Work } from '../../work/work.ts';
import { presize, presizeSide } from './presize.ts';

export interface ShowRequest {
  readonly root: string;
  readonly cacheFolder: string;
  readonly images: readonly ShownImage[];
  /** Of the network's input, in pixels. */
  readonly side: number;
  /** How many images are shown. */
  readonly count: number;
  readonly seed: number;
  readonly epoch: number;
}

export interface ShownImage extends ImageFile {
  /** As people read it. */
  readonly label: string;
}

export interface ShownBatch {
  /** A PNG; null where none of the images could be decoded. */
  readonly sheet: Uint8Array | null;
  readonly shown: number;
  /** Of the images, in their order. */
  readonly labels: readonly string[];
  /** Side of the square that each image was sampled from, in pixels. */
  readonly presized: number;
}

/** Damaged images among those drawn are told and left out. @throws as `presize` does. */
export async function showBatch(
  { root, cacheFolder, images, side, count, seed, epoch }: ShowRequest,
  work: Work<FilesFound>,
): Promise<ShownBatch> {
  const all = images.map((_, image) => image);
  const drawn = shuffled(all, createRandom(seedFrom(seed, epoch))).slice(0, count);
  const presized = presizeSide(side, await medianSide({ root, images }));
  const pixels = await presize(images, { root, cacheFolder, side: presized, only: drawn, work });
  try {
    const usable = new Set(pixels.usable);
    const chosen = drawn.filter((image) => usable.has(image));
    if (chosen.length === 0) return { sheet: null, shown: 0, labels: [], presized };
    // WebAssembly is on every machine, and this is little work.
    await openEngine('wasm');
    const source = {
      pixels,
      labels: [],
      classes: 0,
      multiLabel: false,
      side,
      batchSize: chosen.length,
      signal: work.signal,
    };
    const cells = [];
    for await (const batch of trainingBatches(source, chosen, { seed, epoch })) {
      const values = await batch.images.data();
      batch.images.dispose();
      for (const [i, image] of batch.indices.entries()) {
        const square = values.subarray(i * side * side * 3, (i + 1) * side * side * 3);
        cells.push({ pixels: Uint8Array.from(square, Math.round), label: images[image]?.label ?? '' });
      }
    }
    const labels = cells.map(({ label }) => label);
    return { sheet: await contactSheet(cells, side), shown: cells.length, labels, presized };
  } finally {
    await pixels.close();
  }
}
