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

/** @param maps the body's output, [n, height, width, channels]. Its kernels are zero until they are initialised. */
export function addHead(maps: layers.SymbolicTensor, classes: number): Head {
  const features = symbol(layers.layers.globalAveragePooling2d({ name: 'head_mean' }).apply(maps));
  const maximum = symbol(layers.layers.globalMaxPooling2d({ name: 'head_maximum' }).apply(maps));
  const pooled = layers.layers.concatenate({ name: 'head_pool' }).apply([maximum, features]);
  const first = linear('head_1', symbol(pooled), 0.25, hidden);
  const active = layers.layers.activation({ name: 'head_relu', activation: 'relu' }).apply(first);
  return { logits: linear('head_2', symbol(active), 0.5, classes), features };
}

function linear(name: string, input: layers.SymbolicTensor, rate: number, units: number) {
  const normal = layers.layers.batchNormalization({
    name: `${name}_bn`,
    epsilon: 1e-5,
    momentum: 0.9,
    betaInitializer: layers.initializers.constant({ value: 1e-3 }),
  });
  const dropout = layers.layers.dropout({ name: `${name}_dropout`, rate });
  const dense = layers.layers.dense({ name, units, useBias: false, kernelInitializer: 'zeros' });
  return symbol(dense.apply(dropout.apply(normal.apply(input))));
}
