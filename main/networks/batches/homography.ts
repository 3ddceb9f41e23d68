// The geometry of augmentation as one projective map an image. A map says where in the source each point of the output
// is taken from, in fastai's normalised coordinates: -1 and 1 are the centres of the outermost pixels, x to the right and
// y downwards. Formulas of fastai 2.8, fastai/vision/augment.py (Apache 2.0).

/** A 3 × 3 matrix, row by row: (x, y) comes from ((ax + by + c) / (gx + hy + i), (dx + ey + f) / (gx + hy + i)). */
export type Homography = readonly [
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
  i: number,
];

export const identity: Homography = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Left and right change places: `flip_mat`. */
export const mirror: Homography = [-1, 0, 0, 0, 1, 0, 0, 0, 1];

/** `rotate_mat`: the picture turns against the clock. @param degrees of a full turn's 360. */
export function rotation(degrees: number): Homography {
  const angle = (degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return [cosine, sine, 0, -sine, cosine, 0, 0, 0, 1];
}

/**
 * A window of the source: `zoom_mat`, and the crop of `RandomResizedCropGPU`.
 * @param share of the source's side that is seen: 1 / zoom.
 * @param x where the window lies, from 0 (left) to 1 (right); y from 0 (top) to 1 (bottom).
 */
export function windowOf(share: number, x: number, y: number): Homography {
  return [share, 0, (1 - share) * (2 * x - 1), 0, share, (1 - share) * (2 * y - 1), 0, 0, 1];
}

/**
 * `_WarpCoord`: perspective, as if the picture were seen from one side. fastai solves eight equations for the map that
 * takes (-1 - y, -1 - x), (-1 + y, 1 + x), (1 + y, -1 + x), (1 - y, 1 - x) to the corners of the source; this is their
 * solution in closed form.
 * @param x left to right and y top to bottom, between -0.5 and 0.5; 0: none.
 */
export function warp(x: number, y: number): Homography {
  const scale = 1 / (1 - x * x - y * y);
  const shear = 2 * x * y * scale;
  const [right, down] = [-x * (1 - x * x + y * y) * scale, -y * (1 + x * x - y * y) * scale];
  return [1, shear, right, shear, 1, down, right, down, 1];
}

/** The map, looking so many pixels further to the right and down. @param source side of the source in pixels, at least 2. */
export function shifted(
  map: Homography,
  [x, y]: readonly [x: number, y: number],
  source: number,
): Homography {
  if (x === 0 && y === 0) return map;
  const pixel = 2 / (source - 1);
  return multiply([1, 0, x * pixel, 0, 1, y * pixel, 0, 0, 1], map);
}

/** The map that does the last one first: what it gives is taken on by the one before it. */
export function compose(...maps: readonly Homography[]): Homography {
  return maps.reduce(multiply);
}

export function apply([a, b, c, d, e, f, g, h, i]: Homography, x: number, y: number): [number, number] {
  const depth = g * x + h * y + i;
  return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth];
}

/**
 * The map, seen through a smaller window around the middle of the output where it would reach beyond the source: no
 * corner of the output stays empty. The window is as large as it can be. Four straight sides go over into four straight
 * sides, so that all of the output lies in the source when its corners do; and a corner at share s of the way from the
 * middle comes from (s p + q) / (s r + i), which is within ±1 for s up to a bound that a division gives.
 */
export function keptInside(map: Homography): Homography {
  const [a, b, c, d, e, f, g, h, i] = map;
  let share = 1;
  for (const [x, y] of corners) {
    for (const [p, q] of [
      [a * x + b * y, c],
      [d * x + e * y, f],
    ] as const) {
      const r = g * x + h * y;
      for (const [slope, room] of [
        [p - r, i - q],
        [-p - r, i + q],
      ] as const) {
        if (slope > 0) share = Math.min(share, room / slope);
      }
    }
  }
  return share === 1 ? map : multiply(map, [share, 0, 0, 0, share, 0, 0, 0, 1]);
}

export const corners = [
  [-1, -1],
  [1, -1],
  [-1, 1],
  [1, 1],
] as const;

/**
 * The eight parameters of TensorFlow's projective transform for a map: from the place of an output pixel to its place
 * in the source, both counted in pixels from the centre of the first. Exact for the identity and mirrors of one size.
 * @param source side of the source in pixels, at least 2; target side of the output.
 */
export function toPixels(map: Homography, source: number, target: number): number[] {
  const [a, b, c, d, e, f, g, h, i] = map;
  const last = i - g - h;
  const row = (p: number, q: number, r: number) => [
    ((source - 1) * (p + g)) / (target - 1) / last,
    ((source - 1) * (q + h)) / (target - 1) / last,
    ((source - 1) * (r + i - p - g - q - h)) / 2 / last,
  ];
  return [...row(a, b, c), ...row(d, e, f), (2 * g) / (target - 1) / last, (2 * h) / (target - 1) / last];
}

function multiply(left: Homography, right: Homography): Homography {
  const [a, b, c, d, e, f, g, h, i] = left;
  const [j, k, l, m, n, o, p, q, r] = right;
  return [
    a * j + b * m + c * p,
    a * k + b * n + c * q,
    a * l + b * o + c * r,
    d * j + e * m + f * p,
    d * k + e * n + f * q,
    d * l + e * o + f * r,
    g * j + h * m + i * p,
    g * k + h * n + i * q,
    g * l + h * o + i * r,
  ];
}
