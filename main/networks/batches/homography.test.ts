import { expect, test } from 'vitest';
import expected from './fixtures/augmentations.json' with { type: 'json' };
import {
  apply,
  compose,
  corners,
  identity,
  keptInside,
  mirror,
  rotation,
  toPixels,
  warp,
  windowOf,
  type Homography,
} from './homography.ts';

const near = (map: readonly number[], ...values: number[]) => {
  expect(map).toHaveLength(values.length);
  map.forEach((value, i) => expect(value).toBeCloseTo(values[i] ?? Number.NaN, 12));
};

// By hand, from the formulas of fastai 2.8 in fastai/vision/augment.py.
test('the matrices are those of fastai', () => {
  // flip_mat: 1 - 2·1.
  near(mirror, -1, 0, 0, 0, 1, 0, 0, 0, 1);
  // rotate_mat of 30°: cos = √3/2, sin = 1/2, -sin in the second row.
  near(rotation(30), Math.sqrt(3) / 2, 0.5, 0, -0.5, Math.sqrt(3) / 2, 0, 0, 0, 1);
  // zoom_mat of 1.25 at 10 % and 75 %: s = 0.8; (1 - s)(2·0.1 - 1) = -0.16; (1 - s)(2·0.75 - 1) = 0.1.
  near(windowOf(1 / 1.25, 0.1, 0.75), 0.8, 0, -0.16, 0, 0.8, 0.1, 0, 0, 1);
  // _WarpCoord of x = 0.2, y = 0: (-1, -1.2), (-1, 1.2), (1, -0.8), (1, 0.8) go to the corners.
  near(warp(0.2, 0), 1, 0, -0.2, 0, 1, 0, -0.2, 0, 1);
  near(apply(warp(0.2, 0), -1, -1.2), -1, -1);
  near(apply(warp(0.2, 0), 1, 0.8), 1, 1);
});

test('the warp takes the points of fastai to the corners, whatever was drawn', () => {
  for (const [x, y] of [
    [0.2, 0.2],
    [-0.13, 0.07],
    [0, -0.2],
    [0.5, 0.4],
  ] as const) {
    near(apply(warp(x, y), -1 - y, -1 - x), -1, -1);
    near(apply(warp(x, y), -1 + y, 1 + x), -1, 1);
    near(apply(warp(x, y), 1 + y, -1 + x), 1, -1);
    near(apply(warp(x, y), 1 - y, 1 - x), 1, 1);
  }
});

// fastai computes in single precision.
test('all together take each point from where fastai takes it', () => {
  const { target } = expected;
  for (const { draw, coordinates } of expected.geometry) {
    const map = compose(
      warp(draw.warpX, draw.warpY),
      draw.flip === 1 ? mirror : identity,
      rotation(draw.degrees),
      windowOf(1 / draw.zoom, draw.zoomX, draw.zoomY),
    );
    coordinates.forEach((from, place) => {
      const [column, row] = [place % target, Math.floor(place / target)];
      const [x, y] = apply(map, (2 * column) / (target - 1) - 1, (2 * row) / (target - 1) - 1);
      expect(x).toBeCloseTo(from[0] ?? Number.NaN, 6);
      expect(y).toBeCloseTo(from[1] ?? Number.NaN, 6);
    });
  }
});

test('in pixels the identity and the mirror of one size are exact, and the ends of two sizes meet', () => {
  expect(toPixels(identity, 33, 33)).toEqual([1, 0, 0, 0, 1, 0, 0, 0]);
  expect(toPixels(mirror, 33, 33).map((value) => value + 0)).toEqual([-1, 0, 32, 0, 1, 0, 0, 0]);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = toPixels(warp(0.1, -0.2), 291, 224);
  const place = (x: number, y: number) => {
    const depth = g * x + h * y + 1;
    return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth];
  };
  for (const [x, y] of [...corners, [0.3, -0.6]] as const) {
    const [u, v] = apply(warp(0.1, -0.2), x, y);
    near(place((x + 1) * 111.5, (y + 1) * 111.5), (u + 1) * 145, (v + 1) * 145);
  }
});

test('a map that stays inside is kept, and another is seen through the largest window that does', () => {
  const inside = compose(rotation(5), windowOf(0.8, 0.5, 0.5));
  expect(keptInside(inside)).toBe(inside);
  // By hand: a corner turned by 10° lies at cos + sin, so the window is 1 / (cos 10° + sin 10°) of the side.
  const angle = (10 * Math.PI) / 180;
  const share = 1 / (Math.cos(angle) + Math.sin(angle));
  near(
    keptInside(rotation(10)),
    ...rotation(10).map((value, i) => (i % 3 === 2 || i > 5 ? value : value * share)),
  );
  // It touches the border: nothing is given away.
  for (const map of [warp(0.2, -0.1), compose(warp(0.1, 0.1), rotation(7)), windowOf(1.3, 0.2, 0.5)]) {
    expect(reach(map)).toBeGreaterThan(1);
    expect(reach(keptInside(map))).toBeCloseTo(1, 12);
  }
});

/** How far from the middle the corners of the output are taken from. */
const reach = (map: Homography) =>
  Math.max(...corners.flatMap(([x, y]) => apply(map, x, y).map((value) => Math.abs(value))));
