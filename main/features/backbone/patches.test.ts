import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createRandom } from '../../math/random.ts';
import { learnPatches, patchesSide } from './patches.ts';
import { contrastFloor, patchesModel, type PatchFilters } from './patchesModel.ts';

const noise = (length: number, seed: number) => {
  const random = createRandom(seed);
  return Uint8Array.from({ length }, () => 256 * random());
};

/** RGB bytes of images, one after the other, as the model's input: one plane a channel, from −1 to 1. */
const toInput = (bytes: Uint8Array, side: number) => {
  const area = side * side;
  const data = new Float32Array(bytes.length);
  bytes.forEach((byte, k) => {
    const pixel = Math.floor(k / 3);
    const plane = Math.floor(pixel / area) * 3 + (k % 3);
    data[plane * area + (pixel % area)] = byte / 127.5 - 1;
  });
  return new Tensor('float32', data, [bytes.length / 3 / area, 3, side, side]);
};

const embed = async (model: Uint8Array, bytes: Uint8Array, side: number) => {
  const session = await InferenceSession.create(model);
  const { y } = await session.run({ x: toInput(bytes, side) });
  await session.release();
  if (!(y?.data instanceof Float32Array)) throw new TypeError('the model has no float32 output y');
  const features = y.data;
  const [count = 0, width = 0] = y.dims;
  return Array.from({ length: count }, (_, image) => [
    ...features.subarray(image * width, (image + 1) * width),
  ]);
};

type Planes = number[][][];

/** The definition of the features in plain loops, with every patch normalised and whitened one by one. */
function bruteForce({ whitening, directions }: PatchFilters, image: Planes, stride: number): number[] {
  const mirror = image.map((plane) => plane.map((row) => row.toReversed()));
  const halved = (planes: Planes) =>
    planes.map((plane) =>
      Array.from({ length: plane.length / 2 }, (_, y) =>
        Array.from({ length: plane.length / 2 }, (_, x) => {
          const at = (dy: number, dx: number) => plane[2 * y + dy]?.[2 * x + dx] ?? NaN;
          return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
        }),
      ),
    );
  const oneScale = (planes: Planes): number[] => {
    const side = planes[0]?.length ?? 0;
    const starts: number[] = [];
    for (let start = 0; start + 6 <= side; start += stride) starts.push(start);
    const half = Math.ceil(starts.length / 2);
    const quadrants = [starts.slice(0, half), starts.slice(-half)].map((tops) =>
      [starts.slice(0, half), starts.slice(-half)].map((lefts) =>
        tops.flatMap((top) => lefts.map((left) => whitePatch(planes, top, left))),
      ),
    );
    return [1, -1].flatMap((sign) =>
      directions.flatMap((direction) =>
        quadrants.flat().map((patches) => {
          const answers = patches.map((patch) =>
            Math.max(0, sign * direction.reduce((sum, value, k) => sum + value * (patch[k] ?? NaN), 0) - 1),
          );
          return mean(answers);
        }),
      ),
    );
  };
  const whitePatch = (planes: Planes, top: number, left: number): number[] => {
    const patch = planes.flatMap((plane) =>
      plane.slice(top, top + 6).flatMap((row) => row.slice(left, left + 6)),
    );
    const brightness = mean(patch);
    const contrast = Math.sqrt(mean(patch.map((value) => (value - brightness) ** 2)) + contrastFloor);
    const normal = patch.map((value, k) => (value - brightness) / contrast - (whitening.mean[k] ?? NaN));
    return whitening.matrix.map((row) => row.reduce((sum, value, k) => sum + value * (normal[k] ?? NaN), 0));
  };
  const bothScales = (planes: Planes) => [...oneScale(planes), ...oneScale(halved(planes))];
  const mirrored = bothScales(mirror);
  return bothScales(image).map((value, k) => (value + (mirrored[k] ?? NaN)) / 2);
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test.each([
  { side: 16, stride: 1 },
  { side: 22, stride: 2 },
])(
  'computes what the definition says in plain loops, for side $side and stride $stride',
  async (geometry) => {
    const random = createRandom(11);
    const vector = () => Float64Array.from({ length: 108 }, () => 0.6 * (random() - 0.5));
    const matrix = Array.from({ length: 108 }, vector);
    matrix.forEach((row, i) => row.forEach((value, j) => (matrix[j] ?? row).fill(value, i, i + 1)));
    const filters = { whitening: { mean: vector(), matrix }, directions: [vector(), vector(), vector()] };
    const { side, stride } = geometry;
    const bytes = noise(side * side * 3, 12);
    const image = [0, 1, 2].map((channel) =>
      Array.from({ length: side }, (_, y) =>
        Array.from({ length: side }, (_, x) => (bytes[(y * side + x) * 3 + channel] ?? NaN) / 127.5 - 1),
      ),
    );

    const [features = []] = await embed(patchesModel(filters, geometry), bytes, side);

    const expected = bruteForce(filters, image, stride);
    expect(features).toHaveLength(48);
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
    features.forEach((value, k) => expect(Math.abs(value - (expected[k] ?? NaN))).toBeLessThan(1e-4));
  },
);

const learned = { seed: 1, stride: 1, filters: 16 };
const sample = { images: noise(4 * 32 * 32 * 3, 1), count: 4, side: 32 };
const model = learnPatches(sample, learned);

test('learns the same model from the same images and seed, another one from another seed', () => {
  expect(learnPatches(sample, learned)).toEqual(model);
  expect(learnPatches(sample, { ...learned, seed: 2 })).not.toEqual(model);
});

test('embeds each image of a batch by itself, and a mirror image like the image', async () => {
  const bytes = sample.images.slice(0, 2 * 32 * 32 * 3);
  for (let row = 0; row < 32; row++) {
    for (let x = 0; x < 32; x++) {
      const from = (row * 32 + x) * 3;
      bytes.set(sample.images.subarray(from, from + 3), ((32 + row) * 32 + 31 - x) * 3);
    }
  }

  const [image = [], mirror = []] = await embed(model, bytes, 32);

  expect(image).toHaveLength(256);
  image.forEach((value, k) => expect(value).toBeCloseTo(mirror[k] ?? NaN, 5));
  expect(Math.max(...image)).toBeGreaterThan(0.01);
});

test('gives finite features that are not negative where images are of one colour', async () => {
  const flat = { ...sample, images: new Uint8Array(sample.images.length).fill(200) };
  const white = new Uint8Array(2 * 32 * 32 * 3).fill(255);
  white.fill(0, white.length / 2);
  for (const learnedFrom of [model, learnPatches(flat, learned)]) {
    const features = (await embed(learnedFrom, white, 32)).flat();
    expect(features).toHaveLength(512);
    expect(features.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
  }
});

test('chooses the input side by the size of the images', () => {
  expect([28, 32, 64, 96, 500].map((side) => patchesSide(side).side)).toEqual([32, 32, 64, 128, 128]);
});
