// A backbone that computes in no time: one convolution with fixed weights, and means over the positions. Its features
// are the same in whatever shape they go in and come out.
import { join } from 'node:path';
import { encodeModel, type Graph, type Initializer, type Node } from '../math/graph.ts';
import { createRandom } from '../math/random.ts';
import { imageSide, put } from './images.ts';

const filters = 12;
const patch = 4;
const positions = (imageSide / patch) ** 2;

export interface TinyBackbone {
  readonly layout?: 'NCHW' | 'NHWC';
  /** Dimensions of the output: vectors, tokens, or maps (channels last where the input is). */
  readonly output?: 2 | 3 | 4;
  /** The batch size that the model prescribes; by default any. */
  readonly batch?: number;
}

/** Writes the model's file and returns what names it in a training. */
export function writeTinyBackbone(
  folder: string,
  options: TinyBackbone = {},
): { path: string; name: string } {
  put(folder, 'tiny.onnx', encodeModel(tinyBackbone(options)));
  return { path: join(folder, 'tiny.onnx'), name: 'tiny' };
}

function tinyBackbone({ layout = 'NCHW', output = 2, batch }: TinyBackbone): Graph {
  const random = createRandom(7);
  const weights: Initializer = {
    name: 'weights',
    data: Float32Array.from({ length: filters * 3 * patch ** 2 }, () => random() - 0.5),
    shape: [filters, 3, patch, patch],
  };
  const toChannelsFirst: Node[] =
    layout === 'NCHW'
      ? []
      : [{ operator: 'Transpose', inputs: ['x'], outputs: ['pixels'], attributes: { perm: [0, 3, 1, 2] } }];
  const maps: Node[] = [
    ...toChannelsFirst,
    {
      operator: 'Conv',
      inputs: [layout === 'NCHW' ? 'x' : 'pixels', 'weights'],
      outputs: ['filtered'],
      attributes: { kernel_shape: [patch, patch], strides: [patch, patch] },
    },
    { operator: 'Relu', inputs: ['filtered'], outputs: ['maps'] },
  ];
  const n = batch ?? 'n';
  const input = layout === 'NCHW' ? [n, 3, imageSide, imageSide] : [n, imageSide, imageSide, 3];
  const { nodes, shape, initializers = [] } = outputs(layout)[output];
  return {
    inputs: [{ name: 'x', type: 'float32', shape: input }],
    outputs: [{ name: 'y', type: 'float32', shape: [n, ...shape] }],
    nodes: [...maps, ...nodes],
    initializers: [weights, ...initializers],
  };
}

interface Output {
  readonly nodes: readonly Node[];
  readonly shape: readonly number[];
  readonly initializers?: readonly Initializer[];
}

function outputs(layout: 'NCHW' | 'NHWC'): Record<2 | 3 | 4, Output> {
  const side = imageSide / patch;
  const channelsLast = { operator: 'Transpose', inputs: ['maps'], attributes: { perm: [0, 2, 3, 1] } };
  return {
    2: {
      nodes: [
        { operator: 'GlobalAveragePool', inputs: ['maps'], outputs: ['means'] },
        { operator: 'Flatten', inputs: ['means'], outputs: ['y'] },
      ],
      shape: [filters],
    },
    3: {
      nodes: [
        { ...channelsLast, outputs: ['last'] },
        { operator: 'Reshape', inputs: ['last', 'tokens'], outputs: ['y'] },
      ],
      shape: [positions, filters],
      initializers: [
        { name: 'tokens', data: BigInt64Array.from([0n, BigInt(positions), BigInt(filters)]), shape: [3] },
      ],
    },
    4:
      layout === 'NHWC'
        ? { nodes: [{ ...channelsLast, outputs: ['y'] }], shape: [side, side, filters] }
        : {
            nodes: [{ operator: 'Identity', inputs: ['maps'], outputs: ['y'] }],
            shape: [filters, side, side],
          },
  };
}
