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

/** ∂w[k, l, i, o] = Σ x[n, s·p + k, s·q + l, i] · ∂y[n, p, q, o]: a convolution over the images, dilated by the stride. */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attrs: ConvolutionAttributes): tf.Tensor {
  const [rows, columns] = axes(x.shape, attrs.filterShape ?? missing(), attrs, false);
  const reached = crop(x, -rows.before, span(rows), -columns.before, span(columns));
  const strides: [number, number] = [rows.stride, columns.stride];
  const result = tf.conv2d(
    tf.transpose(reached, [3, 1, 2, 0]),
    tf.transpose(dy, [1, 2, 0, 3]),
    1,
    'valid',
    'NHWC',
    strides,
  );
  return tf.transpose(result, [1, 2, 0, 3]);
}

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
  const [height, width, channels, multiplier] = shape;
  const [rows, columns] = axes(x.shape, shape, attrs, true);
  const reached = crop(x, -rows.before, span(rows), -columns.before, span(columns));
  const images = x.shape[0];
  const outer = tf.reshape(dy, [images, rows.output, columns.output, channels, multiplier]);
  const taps: tf.Tensor[] = [];
  for (let k = 0; k < height; k++) {
    for (let l = 0; l < width; l++) {
      const seen = tf.stridedSlice(
        reached,
        [0, k, l, 0],
        [images, k + span(rows) - height + 1, l + span(columns) - width + 1, channels],
        [1, rows.stride, columns.stride, 1],
      );
      const product = multiplier === 1 ? tf.mul(seen, dy) : tf.mul(tf.expandDims(seen, 4), outer);
      taps.push(tf.sum(product, [0, 1, 2]));
    }
  }
  return tf.reshape(tf.stack(taps), shape);
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
  const height = phaseLength(rows);
  const width = phaseLength(columns);
  // The channels of the result: of a depthwise filter the same as those of ∂y.
  const channels = filter.shape[3] === last ? filter.shape[2] : last;
  const phase = (r: number, c: number): tf.Tensor4D => {
    if (r >= rows.filter || c >= columns.filter) return tf.zeros([n, height, width, channels]);
    const part = tf.stridedSlice(filter, [r, c, 0, 0], filter.shape, [
      rows.stride,
      columns.stride,
      1,
      1,
    ]) as tf.Tensor4D;
    const [taps, across] = part.shape;
    const padded = crop(dy, 1 - taps, height + taps - 1, 1 - across, width + across - 1);
    return convolve(padded, tf.reverse(part, [0, 1]));
  };
  const lines = Array.from({ length: rows.stride }, (_, r) =>
    interleave(
      Array.from({ length: columns.stride }, (_unused, c) => phase(r, c)),
      [n * height, width, channels],
    ),
  );
  const [s, t] = [rows.stride, columns.stride];
  const whole: tf.Tensor4D = tf.reshape(interleave(lines, [n, height, width * t * channels]), [
    n,
    height * s,
    width * t,
    channels,
  ]);
  return crop(whole, rows.before, rows.input, columns.before, columns.input);
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

/** Length of the input that the outputs see. */
function span({ output, stride, filter }: Axis): number {
  return (output - 1) * stride + filter;
}

function phaseLength({ input, output, filter, stride, before }: Axis): number {
  return Math.max(output + Math.ceil(filter / stride) - 1, Math.ceil((before + input) / stride));
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
