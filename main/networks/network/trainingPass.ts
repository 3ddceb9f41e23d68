// The forward pass in training over the graph of a layers model: layer by layer as in tfjs-layers, but for those that
// differ in training or whose gradients cost too much there.
import { layers, tf } from '../engine/tf.ts';
import type { Random } from '../../math/random.ts';
import { batchNormInTraining } from './batchNorm.ts';
import { rectify } from './rectify.ts';
import { single, variableOf } from './variables.ts';

type Layer = layers.SymbolicTensor['sourceLayer'];
type Step = (inputs: tf.Tensor[], random: Random) => tf.Tensor;

/** @param output of a layers model; what comes back computes it from the model's only input. */
export function createTrainingPass(
  output: layers.SymbolicTensor,
): (input: tf.Tensor, random: Random) => tf.Tensor {
  const order = inOrder(output);
  const steps = order.map((symbol) => ({
    symbol,
    step: stepOf(symbol.sourceLayer),
    // Those that nothing later needs. What a gradient needs it has saved.
    done: symbol.inputs.filter(
      ({ id }) => order.findLast(({ inputs }) => inputs.some((needed) => needed.id === id)) === symbol,
    ),
  }));
  return (input, random) => {
    const values = new Map<number, tf.Tensor>();
    for (const { symbol, step, done } of steps) {
      values.set(
        symbol.id,
        step(
          symbol.inputs.map(({ id }) => values.get(id) ?? input),
          random,
        ),
      );
      for (const { id } of done) {
        const value = values.get(id);
        values.delete(id);
        // A layer may pass on what it got.
        if (value && ![...values.values(), input].includes(value)) value.dispose();
      }
    }
    return values.get(output.id) ?? input;
  };
}

/** The symbol and all that it is computed from but the model's input, each after its own inputs. */
export function inOrder(output: layers.SymbolicTensor): layers.SymbolicTensor[] {
  const order = new Map<number, layers.SymbolicTensor>();
  const visit = (symbol: layers.SymbolicTensor): void => {
    if (order.has(symbol.id) || symbol.inputs.length === 0) return;
    symbol.inputs.forEach(visit);
    order.set(symbol.id, symbol);
  };
  visit(output);
  return [...order.values()];
}

/** tfjs-layers' own way is right for every layer; some are better done otherwise in training. */
function stepOf(layer: Layer): Step {
  const own = ownSteps[layer.getClassName()]?.(layer);
  return own ?? ((inputs) => single(layer.apply(inputs, { training: true })));
}

/** By class; null where a layer is configured in a way that is left to tfjs-layers. */
const ownSteps: Readonly<Record<string, (layer: Layer) => Step | null>> = {
  BatchNormalization: (layer) => {
    const [gamma, beta, runningMean, runningVariance] = layer.weights.map(variableOf);
    if (!gamma || !beta || !runningMean || !runningVariance) return null;
    const epsilon = Number(layer.getConfig()['epsilon']);
    return ([x]) => batchNormInTraining(only(x), { gamma, beta, runningMean, runningVariance, epsilon });
  },

  Activation: (layer) => {
    const { activation } = layer.getConfig();
    if (activation === 'relu') return ([x]) => rectify(only(x), null);
    if (activation === 'relu6') return ([x]) => rectify(only(x), 6);
    return null;
  },

  ReLU: (layer) => {
    const { maxValue } = layer.getConfig();
    return ([x]) => rectify(only(x), typeof maxValue === 'number' ? maxValue : null);
  },

  Dropout: (layer) => {
    const rate = Number(layer.getConfig()['rate']);
    return ([x], random) => dropout(only(x), rate, random);
  },

  // tfjs-layers fuses convolution and bias, and then takes the gradients of input and kernel even where nobody asks for
  // them: those of the pixels, and of frozen kernels.
  Conv2D: (layer) => {
    const { activation, dataFormat, strides, padding, dilationRate } = layer.getConfig();
    const [kernel, bias] = layer.weights.map(variableOf);
    if (activation !== 'linear' || dataFormat !== 'channelsLast' || !kernel) return null;
    const pad = padding === 'same' ? 'same' : 'valid';
    return ([x]) => {
      const maps = tf.conv2d(rank4(only(x)), rank4(kernel), pair(strides), pad, 'NHWC', pair(dilationRate));
      return bias ? tf.add(maps, bias) : maps;
    };
  },
};

/** Each value is dropped with probability `rate`; the rest is scaled so that the mean stays. The same on all engines. */
function dropout(x: tf.Tensor, rate: number, random: Random): tf.Tensor {
  const mask = Float32Array.from({ length: x.size }, () => (random() < rate ? 0 : 1 / (1 - rate)));
  return tf.mul(x, tf.tensor(mask, x.shape));
}

function only(x: tf.Tensor | undefined): tf.Tensor {
  if (!x) throw new Error('a layer has no input');
  return x;
}

function rank4(x: tf.Tensor): tf.Tensor4D {
  if (!isRank4(x)) throw new Error(`a convolution got a tensor of rank ${x.rank}`);
  return x;
}

const isRank4 = (x: tf.Tensor): x is tf.Tensor4D => x.rank === 4;

function pair(size: unknown): [number, number] {
  const [height, width] = Array.isArray(size) ? size : [size, size];
  return [Number(height), Number(width)];
}
