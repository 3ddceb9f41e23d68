// What is put on a body in place of its classifier: the head that fastai builds (`create_head` in
// fastai/vision/learner.py), or a linear one that can begin as a solution in closed form.
import { layers, tf } from '../engine/tf.ts';
import type { LinearMap } from '../../head/linear.ts';
import { symbol } from './variables.ts';

/** Layers of the head are called `head_…`. */
export const isHead = (layer: string) => layer.startsWith('head_');

const hidden = 512;

export interface Head {
  readonly logits: layers.SymbolicTensor;
  /** Means over the positions: what the body says of an image. */
  readonly features: layers.SymbolicTensor;
}

/** Before each of the linear maps: the share of values that is dropped. fastai's, for a pretrained body. */
const fastaiDropout = [0.25, 0.5] as const;

/**
 * fastai's: maximum and mean over the positions, then twice batch norm, dropout and a linear map without bias. Its
 * kernels are zero until they are initialised.
 * @param maps the body's output, [n, height, width, channels].
 * @param dropout before each of the linear maps; 0: none.
 */
export function fastaiHead(
  maps: layers.SymbolicTensor,
  classes: number,
  dropout: readonly [first: number, second: number] = fastaiDropout,
): Head {
  const features = mean(maps);
  const maximum = symbol(layers.layers.globalMaxPooling2d({ name: 'head_maximum' }).apply(maps));
  const pooled = layers.layers.concatenate({ name: 'head_pool' }).apply([maximum, features]);
  const first = linear('head_1', symbol(pooled), { dropout: dropout[0], units: hidden, useBias: false });
  const active = layers.layers.activation({ name: 'head_relu', activation: 'relu' }).apply(first);
  const last = linear('head_2', symbol(active), { dropout: dropout[1], units: classes, useBias: false });
  return { logits: last, features };
}

/** Mean over the positions, batch norm, dropout and one linear map: fastai's with `lin_ftrs=[]` and no maximum. */
export function linearHead(maps: layers.SymbolicTensor, classes: number): Head {
  const features = mean(maps);
  const logits = linear('head_linear', features, {
    dropout: fastaiDropout[1],
    units: classes,
    useBias: true,
  });
  return { logits, features };
}

/** Either, by what a caller asks for. */
export const heads = { fastai: fastaiHead, linear: linearHead };
export type HeadKind = keyof typeof heads;

/** Makes a linear head compute a map of the features, in scoring. @throws Error where the head is not linear. */
export function setLinearHead(weights: ReadonlyMap<string, tf.Variable>, map: LinearMap): void {
  const { features, classes } = map;
  const kernel = new Float32Array(features * classes);
  for (let feature = 0; feature < features; feature++) {
    // Batch norm divides by a little more than the deviation.
    const deviation = map.deviation[feature] ?? 0;
    const factor = Math.sqrt(deviation ** 2 + epsilon) / deviation;
    for (let k = 0; k < classes; k++) {
      kernel[feature * classes + k] = (map.weights[k * features + feature] ?? 0) * factor;
    }
  }
  const values = {
    'head_linear_bn/gamma': new Float32Array(features).fill(1),
    'head_linear_bn/beta': new Float32Array(features),
    'head_linear_bn/moving_mean': Float32Array.from(map.mean),
    'head_linear_bn/moving_variance': Float32Array.from(map.deviation, (deviation) => deviation ** 2),
    'head_linear/kernel': kernel,
    'head_linear/bias': Float32Array.from(map.bias),
  };
  for (const [name, numbers] of Object.entries(values)) {
    const variable = weights.get(name);
    if (!variable) throw new Error(`the head has no ${name}`);
    tf.tidy(() => variable.assign(tf.tensor(numbers, variable.shape)));
  }
}

const epsilon = 1e-5;

const mean = (maps: layers.SymbolicTensor) =>
  symbol(layers.layers.globalAveragePooling2d({ name: 'head_mean' }).apply(maps));

function linear(
  name: string,
  input: layers.SymbolicTensor,
  { dropout, units, useBias }: { dropout: number; units: number; useBias: boolean },
) {
  const normal = layers.layers.batchNormalization({
    name: `${name}_bn`,
    epsilon,
    momentum: 0.9,
    betaInitializer: layers.initializers.constant({ value: 1e-3 }),
  });
  const values = symbol(normal.apply(input));
  const kept =
    dropout === 0 ? values : layers.layers.dropout({ name: `${name}_dropout`, rate: dropout }).apply(values);
  const dense = layers.layers.dense({ name, units, useBias, kernelInitializer: 'zeros' });
  return symbol(dense.apply(kept));
}
