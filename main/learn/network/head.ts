// The head that fastai puts on a body (`create_head` in fastai/vision/learner.py): maximum and mean over the positions,
// then twice batch norm, dropout and a linear map without bias.
import { layers } from '../engine/tf.ts';
import { symbol } from './variables.ts';

/** Layers of the head are called `head_…`. */
export const isHead = (layer: string) => layer.startsWith('head_');

const hidden = 512;

export interface Head {
  readonly logits: layers.SymbolicTensor;
  /** Means over the positions: what the body says of an image. */
  readonly features: layers.SymbolicTensor;
}

/** fastai's for a pretrained body: the share of values that is dropped before each linear map. */
const fastaiDropout = [0.25, 0.5] as const;

/**
 * Its kernels are zero until they are initialised.
 * @param maps the body's output, [n, height, width, channels].
 * @param dropout before each of the linear maps; 0: none.
 */
export function addHead(
  maps: layers.SymbolicTensor,
  classes: number,
  dropout: readonly [first: number, second: number] = fastaiDropout,
): Head {
  const features = symbol(layers.layers.globalAveragePooling2d({ name: 'head_mean' }).apply(maps));
  const maximum = symbol(layers.layers.globalMaxPooling2d({ name: 'head_maximum' }).apply(maps));
  const pooled = layers.layers.concatenate({ name: 'head_pool' }).apply([maximum, features]);
  const first = linear('head_1', symbol(pooled), dropout[0], hidden);
  const active = layers.layers.activation({ name: 'head_relu', activation: 'relu' }).apply(first);
  return { logits: linear('head_2', symbol(active), dropout[1], classes), features };
}

function linear(name: string, input: layers.SymbolicTensor, rate: number, units: number) {
  const normal = layers.layers.batchNormalization({
    name: `${name}_bn`,
    epsilon: 1e-5,
    momentum: 0.9,
    betaInitializer: layers.initializers.constant({ value: 1e-3 }),
  });
  const values = symbol(normal.apply(input));
  const kept = rate === 0 ? values : layers.layers.dropout({ name: `${name}_dropout`, rate }).apply(values);
  const dense = layers.layers.dense({ name, units, useBias: false, kernelInitializer: 'zeros' });
  return symbol(dense.apply(kept));
}
