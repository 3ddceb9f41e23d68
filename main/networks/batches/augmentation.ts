// What is done to each image of a training batch: fastai's `aug_transforms` with its defaults, and less for small images;
// drawn from the seed, the epoch and the image alone. So it depends neither on the other images of the batch nor on the
// engine, nor on what was read ahead.
import { createRandom, seedFrom, type Random } from '../../math/random.ts';
import {
  compose,
  identity,
  keptInside,
  mirror,
  rotation,
  warp,
  windowOf,
  type Homography,
} from './homography.ts';

export interface AugmentationLimits {
  /** Mirror half of the images. Not for pictures whose left and right mean something: letters, road signs. */
  readonly flip: boolean;
  /** Degrees, either way. */
  readonly maxRotate: number;
  /** From 1: beyond the presized square there is nothing to zoom out to. */
  readonly maxZoom: number;
  /** Perspective, either way, in both directions. */
  readonly maxWarp: number;
  /** Brightness and contrast, either way. */
  readonly maxLighting: number;
  /** With which probability each of rotation, zoom and perspective, and each of brightness and contrast, is done. */
  readonly pAffine: number;
  readonly pLighting: number;
  /** The least share of the area that a random crop keeps; 1: none. */
  readonly minScale: number;
  /** Pixels of the presized square, either way, in both directions. */
  readonly maxShift: number;
}

/** Those of fastai. */
export const defaultLimits: AugmentationLimits = {
  flip: true,
  maxRotate: 10,
  maxZoom: 1.1,
  maxWarp: 0.2,
  maxLighting: 0.2,
  pAffine: 0.75,
  pLighting: 0.75,
  minScale: 1,
  maxShift: 0,
};

/** Of an input in pixels, up to which images are small. */
const smallSide = 64;

/**
 * What is done by default. Turned, tilted and zoomed, an image of few pixels is blurred by the sampling and shows things
 * larger than they are when it is scored: a small one is only mirrored and shifted by whole pixels, as He et al. 2016 do
 * for CIFAR-10.
 * @param side of the network's input, in pixels.
 */
export function limitsFor(side: number): AugmentationLimits {
  if (side > smallSide) return defaultLimits;
  return { ...defaultLimits, pAffine: 0, pLighting: 0, maxShift: Math.round(side / 8) };
}

export interface Augmentation {
  readonly map: Homography;
  /** In whole pixels of the presized square; beyond its border, its outermost pixels are repeated. */
  readonly shift: readonly [x: number, y: number];
  /** Added to the logit of each value: 0 leaves it. */
  readonly brightness: number;
  /** The logit is multiplied by it afterwards: 1 leaves it. */
  readonly contrast: number;
}

/** The whole square, as it is: for scoring. */
export const plain: Augmentation = { map: identity, shift: [0, 0], brightness: 0, contrast: 1 };

/**
 * How an image is looked at for its score: as it is, and where training shifts it, half as far to each corner too.
 * @param side of the network's input, in pixels.
 */
export function scoringViews(side: number): Augmentation[] {
  const half = Math.round(limitsFor(side).maxShift / 2);
  if (half === 0) return [plain];
  const corners = [-half, half].flatMap((y) => [-half, half].map((x) => [x, y] as const));
  return [plain, ...corners.map((shift) => ({ ...plain, shift }))];
}

export function drawAugmentation(
  limits: AugmentationLimits,
  seed: number,
  epoch: number,
  image: number,
): Augmentation {
  const random = createRandom(seedFrom(seed, epoch, image));
  const { maxRotate, maxZoom, maxWarp, maxLighting, pAffine, pLighting, maxShift } = limits;
  const flipped = chance(random, 0.5) && limits.flip;
  const warpX = maybe(random, pAffine, 0, () => between(random, -maxWarp, maxWarp));
  const warpY = maybe(random, pAffine, 0, () => between(random, -maxWarp, maxWarp));
  const degrees = maybe(random, pAffine, 0, () => between(random, -maxRotate, maxRotate));
  const zoom = maybe(random, pAffine, 1, () => between(random, 1, maxZoom));
  const [zoomX, zoomY] = [random(), random()];
  const area = between(random, limits.minScale, 1);
  const [cropX, cropY] = [random(), random()];
  const brightness = maybe(random, pLighting, 0.5, () =>
    between(random, 0.5 * (1 - maxLighting), 0.5 * (1 + maxLighting)),
  );
  const contrast = maybe(random, pLighting, 0, () => {
    const limit = -Math.log(1 - maxLighting);
    return between(random, -limit, limit);
  });
  const shift = [whole(random, maxShift), whole(random, maxShift)] as const;
  return {
    // Windows of what lies inside are inside too.
    map: compose(
      keptInside(compose(warp(warpX, warpY), flipped ? mirror : identity, rotation(degrees))),
      windowOf(1 / zoom, zoomX, zoomY),
      windowOf(Math.sqrt(area), cropX, cropY),
    ),
    shift,
    brightness: Math.log(brightness / (1 - brightness)),
    contrast: Math.exp(contrast),
  };
}

const chance = (random: Random, probability: number) => random() < probability;
const between = (random: Random, low: number, high: number) => low + (high - low) * random();
/** From -most to most. */
const whole = (random: Random, most: number) => Math.floor((2 * most + 1) * random()) - most;

/** What is drawn with a probability, else what leaves the image as it is. */
function maybe(random: Random, probability: number, neutral: number, draw: () => number): number {
  // Drawn in any case: the numbers after it must not depend on the outcome.
  const value = draw();
  return chance(random, probability) ? value : neutral;
}
