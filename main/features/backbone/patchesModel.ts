// The patch features as an ONNX graph, so that an image is embedded by the same runtime as with any other model.
//
// Around every position a patch p (size × size pixels, three channels) is normalised for brightness and contrast,
// n = (p − mean p) / √(var p + contrastFloor), and whitened, w = Z (n − m); filter d answers with r = d · w.
// As Z is symmetric, r = (Z d) · n − (Z d) · m, so one convolution with Z d freed of its mean, divided by the local
// contrast, less a constant per filter, is exactly the same. r is split into max(0, r − threshold) and
// max(0, −r − threshold), and each is averaged over the four quadrants of the image.
// This happens at full and at half size, and the vectors of the image and its mirror image are averaged.

import { encodeModel, type Initializer, type Node } from '../../math/graph.ts';
import { dot, type Whitening } from './whitening.ts';

export const patchSize = 6;
export const patchLength = 3 * patchSize * patchSize;
/** Pixels go from −1 to 1; a patch with less contrast than √0.04, some 25 of 255 levels, counts as mostly flat. */
export const contrastFloor = 0.04;
const threshold = 1;

export interface PatchFilters {
  /** Of contrast-normalised patches: channel after channel, row after row. */
  readonly whitening: Whitening;
  /** In the whitened space. */
  readonly directions: readonly Float64Array[];
}

export interface PatchGeometry {
  /** Height and width of the input. */
  readonly side: number;
  /** Distance between neighbouring patches. */
  readonly stride: number;
}

/** Input `x`: float32 [batch, 3, side, side], RGB as byte / 127.5 − 1. Output `y`: [batch, 16 × filters], none negative. */
export function patchesModel(
  { whitening, directions }: PatchFilters,
  { side, stride }: PatchGeometry,
): Uint8Array {
  const count = directions.length;
  const filters = directions.map((direction) =>
    Float64Array.from(whitening.matrix, (row) => dot(row, direction)),
  );
  const offsets = filters.map((filter) => dot(filter, whitening.mean));
  const perFilter = [1, count, 1, 1];
  const initializers: Initializer[] = [
    constant('filters', filters.flatMap(withoutMean), [count, 3, patchSize, patchSize]),
    constant('box', Array<number>(patchLength).fill(1 / patchLength), [1, 3, patchSize, patchSize]),
    constant('floor', [contrastFloor], [1]),
    constant(
      'upper',
      offsets.map((offset) => offset + threshold),
      perFilter,
    ),
    constant(
      'lower',
      offsets.map((offset) => offset - threshold),
      perFilter,
    ),
    { name: 'last', data: BigInt64Array.of(-1n), shape: [1] },
    { name: 'beforeFirst', data: BigInt64Array.of(-(2n ** 31n)), shape: [1] },
    { name: 'width', data: BigInt64Array.of(3n), shape: [1] },
  ];

  const nodes: Node[] = [];
  const add = (operator: string, inputs: readonly string[], attributes: Node['attributes'] = {}): string => {
    const output = `${operator}${nodes.length}`;
    nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  };

  const features = (pixels: string, pixelsSide: number): string[] => {
    const strides = [stride, stride];
    const mean = add('Conv', [pixels, 'box'], { strides });
    const meanSquare = add('Conv', [add('Mul', [pixels, pixels]), 'box'], { strides });
    const variance = add('Sub', [meanSquare, add('Mul', [mean, mean])]);
    const contrast = add('Sqrt', [add('Add', [variance, 'floor'])]);
    // The response is this less its filter's offset, which is taken off after pooling, on far fewer numbers.
    const response = add('Div', [add('Conv', [pixels, 'filters'], { strides }), contrast]);

    const positions = Math.floor((pixelsSide - patchSize) / stride) + 1;
    const kernel = Math.ceil(positions / 2);
    const step = Math.floor(positions / 2);
    const quadrants = { kernel_shape: [kernel, kernel], strides: [step, step] };
    const above = add('AveragePool', [add('Max', [response, 'upper'])], quadrants);
    const below = add('AveragePool', [add('Min', [response, 'lower'])], quadrants);
    return [add('Sub', [above, 'upper']), add('Sub', ['lower', below])].map((part) => add('Flatten', [part]));
  };
  const bothScales = (pixels: string): string => {
    const half = add('AveragePool', [pixels], { kernel_shape: [2, 2], strides: [2, 2] });
    return add('Concat', [...features(pixels, side), ...features(half, Math.floor(side / 2))], { axis: 1 });
  };

  const mirrored = add('Slice', ['x', 'last', 'beforeFirst', 'width', 'last']);
  const vector = add('Mean', [bothScales('x'), bothScales(mirrored)]);
  // Rounding may leave −1e-8 where nothing passed the threshold.
  nodes.push({ operator: 'Relu', inputs: [vector], outputs: ['y'] });

  return encodeModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['batch', 3, side, side] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['batch', 16 * count] }],
    nodes,
    initializers,
  });
}

const constant = (name: string, data: readonly number[], shape: readonly number[]): Initializer => ({
  name,
  data: Float32Array.from(data),
  shape,
});

function withoutMean(filter: Float64Array): number[] {
  const mean = filter.reduce((sum, value) => sum + value, 0) / filter.length;
  return Array.from(filter, (value) => value - mean);
}
