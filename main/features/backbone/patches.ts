// The backbone that needs no pretrained weights: filters learned from patches of the data set's own images
// (Coates, Ng and Lee, An Analysis of Single-Layer Networks in Unsupervised Feature Learning, 2011).
// It sees pixels only, never a label, so that what the head predicts without an image's label stays honest.

import { createRandom, type Random } from '../../math/random.ts';
import { contrastFloor, patchesModel, patchLength, patchSize, type PatchGeometry } from './patchesModel.ts';
import { sphericalKMeans } from './sphericalKMeans.ts';
import { learnWhitening, whiten } from './whitening.ts';

export interface ImageSample {
  /** RGB bytes of all images, one after the other, each side × side. Some hundred images are enough. */
  readonly images: Uint8Array;
  readonly count: number;
  readonly side: number;
}

export interface PatchesOptions {
  readonly seed: number;
  readonly stride: number;
  /** Each gives 16 features: two signs, four quadrants, two scales. */
  readonly filters?: number;
}

const patchCount = 10_000;
const kMeansIterations = 3;
const whiteningRegularisation = 0.1;

/** The input side, and the distance between patches, for images whose shorter side is typically so long. */
export function patchesSide(medianSide: number): PatchGeometry {
  if (medianSide < 48) return { side: 32, stride: 1 };
  if (medianSide < 96) return { side: 64, stride: 1 };
  return { side: 128, stride: 2 };
}

/** Images a call: each has 128 maps of as many values as there are patches in it, and more take more memory but no less time. */
export const patchesBatch = ({ side }: PatchGeometry): number => (side === 32 ? 32 : 4);

/** The bytes of an ONNX model, as patchesModel describes it; the same for the same sample and seed. */
export function learnPatches(
  sample: ImageSample,
  { seed, stride, filters = 128 }: PatchesOptions,
): Uint8Array {
  const random = createRandom(seed);
  const patches = Array.from({ length: patchCount }, () => normaliseContrast(drawPatch(sample, random)));
  const whitening = learnWhitening(patches, whiteningRegularisation);
  const directions = sphericalKMeans(
    patches.map((patch) => whiten(whitening, patch)),
    { count: filters, iterations: kMeansIterations, random },
  );
  return patchesModel({ whitening, directions }, { side: sample.side, stride });
}

function drawPatch({ images, count, side }: ImageSample, random: Random): Float64Array {
  const below = (limit: number) => Math.floor(random() * limit);
  const image = below(count);
  const top = below(side - patchSize + 1);
  const left = below(side - patchSize + 1);
  const patch = new Float64Array(patchLength);
  for (let k = 0; k < patchLength; k++) {
    const channel = Math.floor(k / patchSize ** 2);
    const y = top + (Math.floor(k / patchSize) % patchSize);
    const x = left + (k % patchSize);
    patch[k] = (images[((image * side + y) * side + x) * 3 + channel] ?? 0) / 127.5 - 1;
  }
  return patch;
}

function normaliseContrast(patch: Float64Array): Float64Array {
  const mean = patch.reduce((sum, value) => sum + value, 0) / patch.length;
  const variance = patch.reduce((sum, value) => sum + (value - mean) ** 2, 0) / patch.length;
  const contrast = Math.sqrt(variance + contrastFloor);
  return patch.map((value) => (value - mean) / contrast);
}
