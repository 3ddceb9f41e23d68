// A network: what the recipe trains. It is a TensorFlow.js layers model throughout, so that exporting it is saving it;
// only the training pass is Toploss's own (trainingPass.ts).
import type { Preprocessing } from '../../features/backbone/preprocessing.ts';
import { layers, tf } from '../engine/tf.ts';
import type { Random } from '../../math/random.ts';
import { createTrainingPass } from './trainingPass.ts';
import { single, variableOf } from './variables.ts';

export interface Network {
  readonly name: string;
  readonly classes: number;
  /** Side in pixels of the square images that the network is best at. */
  readonly side: number;
  /** Whether it takes no other. */
  readonly sideIsFixed: boolean;
  /** What the network does to pixels itself. */
  readonly preprocessing: Preprocessing;
  /** From pixels so prepared to logits. */
  readonly model: layers.LayersModel;
  /** Trainable variables in layer groups: the input's side first, the head last. */
  readonly groups: readonly (readonly tf.Variable[])[];
  /** Those of them that belong to batch norm: they are trained in frozen groups too, and have no weight decay. */
  readonly batchNorm: ReadonlySet<tf.Variable>;
  /** All weights by name, with batch norm's running statistics, which are not trainable. */
  readonly weights: ReadonlyMap<string, tf.Variable>;
  /**
   * @param images float32 [n, side, side, 3], RGB from 0 to 255; the network normalises them itself.
   * @param training null to score: batch norm uses its running statistics, nothing is dropped. To train: where
   *   dropout's masks come from; batch norm, in frozen groups too, uses the batch's statistics and follows them.
   * @returns logits [n, classes].
   */
  apply(images: tf.Tensor4D, training: Random | null): tf.Tensor2D;
  /** Pooled activations of the body [n, features], as in scoring: the network as a backbone. */
  embed(images: tf.Tensor4D): tf.Tensor2D;
  dispose(): void;
}

/** The side that a network gets where one is wished; null: its own. */
export function inputSide(
  { side, sideIsFixed }: Pick<Network, 'side' | 'sideIsFixed'>,
  wished: number | null,
) {
  return sideIsFixed ? side : (wished ?? side);
}

/** Mean and deviation of ImageNet's channels, as torchvision has them. */
export const imagenet: Preprocessing = {
  mean: [123.675, 116.28, 103.53],
  scale: [1 / 58.395, 1 / 57.12, 1 / 57.375],
};

export interface NetworkParts {
  readonly name: string;
  readonly side: number;
  readonly sideIsFixed?: boolean;
  readonly preprocessing: Preprocessing;
  readonly model: layers.LayersModel;
  /** Where the body ends: a symbolic tensor [n, features]. */
  readonly features: layers.SymbolicTensor;
  /** The layer group of a layer with weights, from 0. */
  readonly groupOf: (layer: string) => number;
}

export function assembleNetwork({
  name,
  side,
  sideIsFixed = false,
  preprocessing,
  model,
  features,
  groupOf,
}: NetworkParts): Network {
  const groups: tf.Variable[][] = [];
  const batchNorm = new Set<tf.Variable>();
  const weights = new Map<string, tf.Variable>();
  for (const layer of model.layers) {
    for (const weight of layer.weights) {
      const variable = variableOf(weight);
      weights.set(weight.originalName, variable);
      if (!variable.trainable) continue;
      (groups[groupOf(layer.name)] ??= []).push(variable);
      if (layer.getClassName() === 'BatchNormalization') batchNorm.add(variable);
    }
  }
  const [logits] = model.outputs;
  const classes = logits?.shape.at(-1);
  if (!logits || !classes) throw new Error(`${name} has no logits`);

  const mean = tf.keep(tf.tensor1d([...preprocessing.mean]));
  const scale = tf.keep(tf.tensor1d([...preprocessing.scale]));
  const normalise = (images: tf.Tensor4D) => tf.mul(tf.sub(images, mean), scale);
  const trainingPass = createTrainingPass(logits);
  const body = layers.model({ inputs: model.inputs, outputs: features });
  return {
    name,
    classes,
    side,
    sideIsFixed,
    preprocessing,
    model,
    groups,
    batchNorm,
    weights,
    apply: (images, training) =>
      tf.tidy(() => {
        const pixels = normalise(images);
        const output = training ? trainingPass(pixels, training) : single(model.apply(pixels));
        return tf.reshape<tf.Rank.R2>(output, [images.shape[0], classes]);
      }),
    embed: (images) =>
      tf.tidy(() => {
        const vectors = single(body.apply(normalise(images)));
        return tf.reshape<tf.Rank.R2>(vectors, [images.shape[0], -1]);
      }),
    dispose: () => {
      for (const variable of weights.values()) variable.dispose();
      tf.dispose([mean, scale]);
    },
  };
}
