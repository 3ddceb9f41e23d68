// EfficientNet-Lite without its classifier, as an ONNX graph: the means over the image of activations of several depths,
// side by side. The widened ones in the middle of a block, before they are projected to fewer, tell much more about photos
// than the last layer alone, and are computed anyway.
// Architecture: efficientnet/lite/efficientnet_lite_builder.py in tensorflow/tpu; names of weights as in its PyTorch port.
import { encodeModel, type Initializer, type Node } from '../../math/graph.ts';
import { badBackbone } from './bad.ts';
import type { Tensor } from './torchWeights.ts';

export const liteNames = ['efficientnet-lite0', 'efficientnet-lite1', 'efficientnet-lite2'] as const;
export type LiteName = (typeof liteNames)[number];

/** Blocks of each stage, and the stride of its first; kernels and channels are those of the weights. */
const stages = [
  { blocks: 1, stride: 1 },
  { blocks: 2, stride: 2 },
  { blocks: 2, stride: 2 },
  { blocks: 3, stride: 2 },
  { blocks: 3, stride: 1 },
  { blocks: 4, stride: 2 },
  { blocks: 1, stride: 1 },
] as const;
/** The first and the last stage are as deep in all of them. */
const depths: Readonly<Record<LiteName, number>> = {
  'efficientnet-lite0': 1,
  'efficientnet-lite1': 1.1,
  'efficientnet-lite2': 1.2,
};
/** Blocks whose widened activations are taken: chosen by the leave-one-out loss. The last one ends the graph. */
const taps: Readonly<Record<LiteName, readonly number[]>> = {
  'efficientnet-lite0': [11, 15],
  'efficientnet-lite1': [11, 14, 15, 20],
  'efficientnet-lite2': [11, 14, 15, 20],
};
const normalisationEpsilon = 1e-3;

/** A pixel byte v becomes (v − mean) · scale. */
export const liteInput = { mean: [127.5, 127.5, 127.5], scale: [1 / 127.5, 1 / 127.5, 1 / 127.5] };

export interface LiteOptions {
  readonly name: LiteName;
  /** Whether the means of the last layer are taken too: they say something of images of 160 px and more. */
  readonly withHead: boolean;
  /** Where the weights come from, for the sentence that says what is wrong with them. */
  readonly file: string;
}

/**
 * Input `x`: float32 [batch, 3, any height, any width], RGB as byte / 127.5 − 1. Output `y`: [batch, features], none negative.
 * @throws Failure `bad-backbone` where weights are missing or have another shape
 */
export function efficientNetLite(
  weights: ReadonlyMap<string, Tensor>,
  { name: network, withHead, file }: LiteOptions,
): Uint8Array {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [
    { name: 'zero', data: Float32Array.of(0), shape: [] },
    { name: 'six', data: Float32Array.of(6), shape: [] },
  ];
  const add = (operator: string, inputs: readonly string[], attributes: Node['attributes'] = {}): string => {
    const output = `${operator}${nodes.length}`;
    nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  };
  const weight = (name: string): Tensor => {
    const tensor = weights.get(name);
    if (tensor?.shape.length === 4) return tensor;
    throw badBackbone(file, `${network} needs ${name}, which is not there or has another shape`);
  };
  const statistics = (name: string, length: number): Float32Array => {
    const tensor = weights.get(name);
    if (tensor?.data.length === length) return tensor.data;
    throw badBackbone(file, `${network} needs ${length} numbers of ${name}, which are not there`);
  };

  /** A convolution, padded as TensorFlow pads, with the batch normalisation that follows it folded in. */
  const convolve = (input: string, layer: string, normalisation: string, stride: number): string => {
    const { shape, data } = weight(`${layer}.weight`);
    const [filters = 0, channels = 0] = shape;
    const [gain, offset, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
      statistics(`${normalisation}.${part}`, filters),
    );
    const perFilter = data.length / filters;
    const factors = Float64Array.from(
      { length: filters },
      (_, k) => (gain?.[k] ?? 0) / Math.sqrt((variance?.[k] ?? 0) + normalisationEpsilon),
    );
    initializers.push(
      {
        name: `${layer}.weight`,
        data: data.map((value, i) => value * (factors[Math.floor(i / perFilter)] ?? 0)),
        shape,
      },
      {
        name: `${layer}.bias`,
        data: Float32Array.from(factors, (factor, k) => (offset?.[k] ?? 0) - (mean?.[k] ?? 0) * factor),
        shape: [filters],
      },
    );
    return add('Conv', [input, `${layer}.weight`, `${layer}.bias`], {
      strides: [stride, stride],
      // In a depthwise convolution each filter sees its own channel.
      group: channels === 1 ? filters : 1,
      auto_pad: 'SAME_UPPER',
    });
  };
  const relu6 = (input: string): string => add('Clip', [input, 'zero', 'six']);

  const tapped: { readonly activation: string; readonly features: number }[] = [];
  const tap = (activation: string, layer: string): void => {
    tapped.push({ activation, features: weight(`${layer}.weight`).shape[0] ?? 0 });
  };
  let x = relu6(convolve('x', '_conv_stem', '_bn0', 2));
  for (const { block, stride, isFirst } of blocksOf(network)) {
    const name = `_blocks.${block}`;
    const input = x;
    if (block > 0) x = relu6(convolve(x, `${name}._expand_conv`, `${name}._bn0`, 1));
    x = relu6(convolve(x, `${name}._depthwise_conv`, `${name}._bn1`, stride));
    if (taps[network].includes(block)) tap(x, `${name}._depthwise_conv`);
    if (!withHead && block === taps[network].at(-1)) break;
    x = convolve(x, `${name}._project_conv`, `${name}._bn2`, 1);
    if (!isFirst) x = add('Add', [x, input]);
  }
  if (withHead) tap(relu6(convolve(x, '_conv_head', '_bn1', 1)), '_conv_head');

  const means = tapped.map(({ activation }) => add('Flatten', [add('GlobalAveragePool', [activation])]));
  nodes.push({ operator: 'Concat', inputs: means, outputs: ['y'], attributes: { axis: 1 } });
  const features = tapped.reduce((sum, { features: own }) => sum + own, 0);
  return encodeModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['batch', 3, 'height', 'width'] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['batch', features] }],
    nodes,
    initializers,
  });
}

function blocksOf(network: LiteName): { block: number; stride: number; isFirst: boolean }[] {
  return stages
    .flatMap(({ blocks, stride }, stage) => {
      const scaled =
        stage === 0 || stage === stages.length - 1 ? blocks : Math.ceil(blocks * depths[network]);
      return Array.from({ length: scaled }, (_, i) => ({ stride: i === 0 ? stride : 1, isFirst: i === 0 }));
    })
    .map((each, block) => ({ ...each, block }));
}
