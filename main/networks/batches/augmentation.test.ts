import { expect, test } from 'vitest';
import {
  defaultLimits,
  drawAugmentation,
  limitsFor,
  plain,
  scoringViews,
  type AugmentationLimits,
} from './augmentation.ts';
import { apply, corners, identity, mirror } from './homography.ts';

const draws = (limits: Partial<AugmentationLimits>, count: number) =>
  Array.from({ length: count }, (_, i) =>
    drawAugmentation({ ...defaultLimits, ...limits }, i % 7, Math.floor(i / 100), i),
  );

const draw = (seed: number, epoch: number, image: number) =>
  drawAugmentation(defaultLimits, seed, epoch, image);
const share = (of: boolean[]) => of.filter(Boolean).length / of.length;

test('no corner of the output is empty in 20,000 draws, also of strong ones', () => {
  for (const limits of [{}, { minScale: 0.08, maxWarp: 0.4, maxRotate: 45, maxZoom: 1.5, pAffine: 1 }]) {
    let furthest = 0;
    for (const { map } of draws(limits, 10_000)) {
      for (const [x, y] of corners) {
        // The sign of the depth at the corners is the one at the middle: the horizon is not in the picture.
        expect(map[6] * x + map[7] * y + map[8]).toBeGreaterThan(0);
        furthest = Math.max(furthest, ...apply(map, x, y).map((value) => Math.abs(value)));
      }
    }
    expect(furthest).toBeGreaterThan(0.99);
    expect(furthest).toBeLessThan(1 + 1e-12);
  }
});

test('an image is drawn the same again, and other images, epochs and seeds otherwise', () => {
  expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3));
  const others = [draw(1, 2, 3), draw(2, 1, 3), draw(1, 3, 2), draw(3, 2, 1), draw(1, 2, 4), draw(2, 2, 3)];
  expect(new Set(others.map(({ map }) => map.join())).size).toBe(others.length);
});

test('draws are as frequent and as large as fastai makes them', () => {
  const only = {
    flip: false,
    maxRotate: 0,
    maxZoom: 1,
    maxWarp: 0,
    maxLighting: 0,
    pAffine: 0.75,
    pLighting: 0.75,
  };
  const flips = draws({ ...only, flip: true }, 4000).map(({ map }) => map.join() === mirror.join());
  expect(share(flips)).toBeCloseTo(0.5, 1);

  const turned = draws({ ...only, maxRotate: 10 }, 4000).map(
    ({ map: [a, b] }) => (Math.atan2(b, a) * 180) / Math.PI,
  );
  expect(share(turned.map((degrees) => degrees !== 0))).toBeCloseTo(0.75, 1);
  expect(Math.max(...turned)).toBeGreaterThan(9.9);
  expect(Math.max(...turned.map(Math.abs))).toBeLessThanOrEqual(10 + 1e-9);

  const zooms = draws({ ...only, maxZoom: 1.1 }, 4000).map(({ map: [a] }) => 1 / a);
  expect(Math.max(...zooms)).toBeGreaterThan(1.099);
  expect(share(zooms.map((zoom) => zoom === 1))).toBeCloseTo(0.25, 1);

  const lit = draws({ ...only, maxLighting: 0.2 }, 4000);
  // logit(0.5 · 1.2) = ln 1.5; contrast between 0.8 and 1 / 0.8.
  const shifts = lit.map(({ brightness }) => brightness);
  expect(Math.max(...shifts)).toBeCloseTo(Math.log(1.5), 2);
  expect(Math.min(...shifts)).toBeCloseTo(-Math.log(1.5), 2);
  const slopes = lit.map(({ contrast }) => contrast);
  expect(Math.max(...slopes)).toBeCloseTo(1.25, 2);
  expect(Math.min(...slopes)).toBeCloseTo(0.8, 2);
  expect(share(slopes.map((slope) => slope === 1))).toBeCloseTo(0.25, 1);
});

test('small images are mirrored and shifted by whole pixels, and nothing else', () => {
  const drawn = draws(limitsFor(32), 4000);
  const kept = [identity, mirror].map((map) => map.join());
  for (const { map, brightness, contrast } of drawn) {
    expect(kept).toContain(map.map((value) => value + 0).join());
    expect([brightness, contrast]).toEqual([0, 1]);
  }
  const far = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
  for (const axis of [0, 1] as const) {
    expect([...new Set(drawn.map(({ shift }) => shift[axis]))].toSorted((a, b) => a - b)).toEqual(far);
  }
  expect(draws(limitsFor(224), 20)).toEqual(draws(defaultLimits, 20));
});

test('a small image is scored from where training shifts it as well, and any other as it is', () => {
  expect(scoringViews(32).map(({ shift }) => shift)).toEqual([
    [0, 0],
    [-2, -2],
    [2, -2],
    [-2, 2],
    [2, 2],
  ]);
  expect(scoringViews(224)).toEqual([plain]);
});

test('without limits an image stays as it is', () => {
  const limits = { flip: false, maxRotate: 0, maxZoom: 1, maxWarp: 0, maxLighting: 0 };
  for (const { map, brightness, contrast } of draws(limits, 20)) {
    expect(map.map((value) => value + 0)).toEqual(identity);
    expect([brightness, contrast]).toEqual([0, 1]);
  }
});
