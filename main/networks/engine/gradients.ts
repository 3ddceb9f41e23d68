// The gradients of convolutions that WebAssembly lacks or computes slowly, expressed through its fast forward kernels.
import { tf } from './tf.ts';

/** Makes them the kernels of a backend, in place of those that it has. */
export function registerGradients(backendName: string): void {
  const kernels: Record<string, (inputs: tf.NamedTensorInfoMap, attrs: ConvolutionAttributes) => tf.Tensor> =
    {
      Conv2DBackpropFilter: (inputs, attrs) =>
        filterGradient(tensor(inputs, 'x'), tensor(inputs, 'dy'), attrs),
      Conv2DBackpropInput: (inputs, attrs) =>
        inputGradient(tensor(inputs, 'dy'), tensor(inputs, 'filter'), attrs),
      DepthwiseConv2dNativeBackpropFilter: (inputs, attrs) =>
        depthwiseFilterGradient(tensor(inputs, 'x'), tensor(inputs, 'dy'), attrs),
      DepthwiseConv2dNativeBackpropInput: (inputs, attrs) =>
        depthwiseInputGradient(tensor(inputs, 'dy'), tensor(inputs, 'filter'), attrs),
    };
  for (const [kernelName, compute] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => compute(inputs, attrs as unknown as ConvolutionAttributes)),
    });
  }
}

/** As TensorFlow.js hands them over; the shapes are those of the result, where it can't be known from the inputs. */
interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: string;
  readonly inputShape?: [number, number, number, number];
  readonly filterShape?: [number, number, number, number];
}

/** Along one of the two axes of the image. */
interface Axis {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly stride: number;
  readonly before: number;
}

/** ∂w[k, l, i, o] = Σ x[n, s·p + k, s·q + l, i] · ∂y[n, p, q, o]. */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attrs: ConvolutionAttributes): tf.Tensor {
  const shape = attrs.filterShape ?? missing();
  const [rows, columns] = axes(x.shape, shape, attrs, false);
  const reached = crop(x, -rows.before, span(rows), -columns.before, span(columns));
  const positions = x.shape[0] * rows.output * columns.output;
  if (rows.filter * columns.filter === 1) {
    // One product, of both as they lie in memory.
    const [seen = reached] = eachTap(reached, [rows, columns]);
    return tf.reshape(tf.matMul(tf.transpose(flat(seen, positions, -1)), flat(dy, positions, -1)), shape);
  }
  const byChannel = tf.transpose(reached, [3, 1, 2, 0]);
  const outer = tf.transpose(dy, [1, 2, 0, 3]);
  if (positions <= fewPositions) {
    // One product of what each tap of the kernel sees.
    const seen = tf.concat(eachTap(byChannel, [rows, columns]));
    return tf.reshape(tf.matMul(flat(seen, -1, positions), flat(outer, positions, -1)), shape);
  }
  // A convolution over the images, dilated by the stride.
  const strides: [number, number] = [rows.stride, columns.stride];
  return tf.transpose(tf.conv2d(byChannel, outer, 1, 'valid', 'NHWC', strides), [1, 2, 0, 3]);
}

/** Up to which a product is faster than a convolution, whose results are as few as the kernel's taps. */
const fewPositions = 512;

function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, attrs: ConvolutionAttributes): tf.Tensor {
  const shape = attrs.inputShape ?? missing();
  return throughPhases(dy, filter, axes(shape, filter.shape, attrs, false), (padded, part) =>
    tf.conv2d(padded, tf.transpose(part, [0, 1, 3, 2]), 1, 'valid'),
  );
}

function depthwiseInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  attrs: ConvolutionAttributes,
): tf.Tensor {
  const shape = attrs.inputShape ?? missing();
  const [n, h, w, c] = shape;
  const multiplier = filter.shape[3];
  const [rows, columns] = axes(shape, filter.shape, attrs, true);
  const outputs = tf.reshape(dy, [n, rows.output, columns.output, c, multiplier]);
  const parts = Array.from({ length: multiplier }, (_, m) => {
    const ofOne: tf.Tensor4D = tf.reshape(tf.slice(outputs, [0, 0, 0, 0, m], [-1, -1, -1, -1, 1]), [
      n,
      rows.output,
      columns.output,
      c,
    ]);
    const itsFilter = tf.slice(filter, [0, 0, 0, m], [-1, -1, -1, 1]);
    return throughPhases(ofOne, itsFilter, [rows, columns], (padded, part) =>
      tf.depthwiseConv2d(padded, part, 1, 'valid'),
    );
  });
  return tf.reshape(tf.addN(parts), [n, h, w, c]);
}

function depthwiseFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attrs: ConvolutionAttributes): tf.Tensor {
  const shape = attrs.filterShape ?? missing();
  const [, , channels, multiplier] = shape;
  const [rows, columns] = axes(x.shape, shape, attrs, true);
  const reached = crop(x, -rows.before, span(rows), -columns.before, span(columns));
  const images = x.shape[0];
  const outer = tf.reshape(dy, [images, rows.output, columns.output, channels, multiplier]);
  const taps = eachTap(reached, [rows, columns]).map((seen) => {
    const product = multiplier === 1 ? tf.mul(seen, dy) : tf.mul(tf.expandDims(seen, 4), outer);
    return tf.sum(product, [0, 1, 2]);
  });
  return tf.reshape(tf.stack(taps), shape);
}

/** The values that each tap of a filter is multiplied with, tap by tap, of what the outputs see: [·, rows, columns, ·]. */
function eachTap(reached: tf.Tensor4D, [rows, columns]: readonly [Axis, Axis]): tf.Tensor4D[] {
  return Array.from({ length: rows.filter * columns.filter }, (_, tap) => {
    const [k, l] = [Math.floor(tap / columns.filter), tap % columns.filter];
    const seen = crop(reached, k, span(rows) - rows.filter + 1, l, span(columns) - columns.filter + 1);
    if (rows.stride === 1 && columns.stride === 1) return seen;
    // Every s-th value, as the maximum of itself: a strided slice takes 75 times as long.
    return tf.maxPool(seen, 1, [rows.stride, columns.stride], 'valid');
  });
}

/**
 * ∂x of a convolution with strides. Rows s·q + r of the padded input see every s-th row of the filter from r on, so each
 * phase (r, c) is a plain convolution with that part of the flipped filter, and the phases are then interleaved: no
 * multiplication with the zeros that a transposed convolution puts between the values.
 */
function throughPhases(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  [rows, columns]: readonly [Axis, Axis],
  convolve: (padded: tf.Tensor4D, flippedPart: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  const [n, , , last] = dy.shape;
  const height = Math.ceil(rows.input / rows.stride);
  const width = Math.ceil(columns.input / columns.stride);
  // The channels of the result: of a depthwise filter the same as those of ∂y.
  const channels = filter.shape[3] === last ? filter.shape[2] : last;
  const phase = (down: Phase, across: Phase): tf.Tensor4D => {
    if (down.taps.length === 0 || across.taps.length === 0) return tf.zeros([n, height, width, channels]);
    const taps = down.taps.flatMap((k) =>
      across.taps.map((l) => tf.slice(filter, [k, l, 0, 0], [1, 1, -1, -1])),
    );
    const [, , inner, outer] = filter.shape;
    // Slices that lie in one piece: gathering and reversing take ten times as long.
    const part: tf.Tensor4D = tf.reshape(tf.concat(taps), [
      down.taps.length,
      across.taps.length,
      inner,
      outer,
    ]);
    const [above, before] = [down.taps.length - 1, across.taps.length - 1];
    const seen = crop(dy, down.first - above, height + above, across.first - before, width + before);
    return convolve(seen, part);
  };
  const lines = phases(rows).map((down) =>
    interleave(
      phases(columns).map((across) => phase(down, across)),
      [n * height, width, channels],
    ),
  );
  const whole: tf.Tensor4D = tf.reshape(interleave(lines, [n, height, width * columns.stride * channels]), [
    n,
    height * rows.stride,
    width * columns.stride,
    channels,
  ]);
  return crop(whole, 0, rows.input, 0, columns.input);
}

/** Every s-th row of the input from one of the first s on. */
interface Phase {
  /** Of the filter, last first: those that these rows are multiplied with. */
  readonly taps: readonly number[];
  /** The output row that the first of these rows and the first of the taps make. */
  readonly first: number;
}

function phases({ filter, stride, before }: Axis): Phase[] {
  return Array.from({ length: stride }, (_, row) => {
    const rest = (before + row) % stride;
    const count = Math.max(0, Math.ceil((filter - rest) / stride));
    const taps = Array.from({ length: count }, (_unused, t) => rest + stride * t).toReversed();
    return { taps, first: Math.floor((before + row) / stride) };
  });
}

/** Puts tensors, read as [outer, length, inner], alternately one after another along their length. */
function interleave(tensors: readonly tf.Tensor[], shape: [number, number, number]): tf.Tensor {
  const [first] = tensors;
  if (tensors.length === 1 && first) return first;
  return tf.stack(
    tensors.map((each) => tf.reshape(each, shape)),
    2,
  );
}

/** Rows (of `length`, from `top`) and columns of images; those outside are zero. */
function crop(images: tf.Tensor4D, top: number, height: number, left: number, width: number): tf.Tensor4D {
  const [, h, w] = images.shape;
  const around: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [Math.max(0, -top), Math.max(0, top + height - h)],
    [Math.max(0, -left), Math.max(0, left + width - w)],
    [0, 0],
  ];
  const padded = around.flat().some((size) => size > 0) ? tf.pad(images, around) : images;
  const from: [number, number] = [Math.max(0, top), Math.max(0, left)];
  if (from[0] === 0 && from[1] === 0 && padded.shape[1] === height && padded.shape[2] === width)
    return padded;
  return tf.slice(padded, [0, ...from, 0], [-1, height, width, -1]);
}

function flat(x: tf.Tensor, rows: number, columns: number): tf.Tensor2D {
  return tf.reshape(x, [rows, columns]);
}

/** Length of the input that the outputs see. */
function span({ output, stride, filter }: Axis): number {
  return (output - 1) * stride + filter;
}

function axes(
  inputShape: [number, number, number, number],
  filterShape: [number, number, number, number],
  { strides, dilations = 1, pad, dimRoundingMode, dataFormat = 'NHWC' }: ConvolutionAttributes,
  depthwise: boolean,
): readonly [Axis, Axis] {
  const plain = [dilations].flat().every((dilation) => dilation === 1);
  if (!plain || dataFormat !== 'NHWC') {
    throw new RangeError('gradients are there for convolutions in NHWC without dilation');
  }
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  return [
    {
      input: info.inHeight,
      output: info.outHeight,
      filter: info.filterHeight,
      stride: info.strideHeight,
      before: info.padInfo.top,
    },
    {
      input: info.inWidth,
      output: info.outWidth,
      filter: info.filterWidth,
      stride: info.strideWidth,
      before: info.padInfo.left,
    },
  ];
}

function tensor(inputs: tf.NamedTensorInfoMap, name: string): tf.Tensor4D {
  const input = inputs[name];
  if (!(input instanceof tf.Tensor)) throw new TypeError(`${name} is no tensor`);
  return input as tf.Tensor4D;
}

function missing(): never {
  throw new TypeError('the gradient of a convolution came without the shape of its result');
}
