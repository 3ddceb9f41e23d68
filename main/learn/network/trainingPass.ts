// The forward pass in training over the graph of a layers model: layer by layer as in tfjs-layers, but for those that
// differ in training or whose gradients cost too much there.
import { layers, tf } from '../engine/tf.ts';
import type { Random } from '../random.ts';
import { batchNormInTraining } from './batchNorm.ts';
import { single, variableOf } from './variables.ts';

type Step = (inputs: tf.Tensor[], random: Random) => tf.Tensor;

/** @param output of a layers model; what comes back computes it from the model's only input. */
export function createTrainingPass(
  output: layers.SymbolicTensor,
): (input: tf.Tensor, random: Random) => tf.Tensor {
  const order = inOrder(output);
  const steps = order.map((symbol) => stepOf(symbol.sourceLayer));
  return (input, random) => {
    const values = new Map<number, tf.Tensor>();
    order.forEach((symbol, i) => {
      const inputs = symbol.inputs.map(({ id }) => values.get(id) ?? input);
      values.set(symbol.id, steps[i]?.(inputs, random) ?? input);
    });
    return values.get(output.id) ?? input;
  };
}

/** The symbol and all that it is computed from but the model's input, each after its own inputs. */
function inOrder(output: layers.SymbolicTensor): layers.SymbolicTensor[] {
  const order = new Map<number, layers.SymbolicTensor>();
  const visit = (symbol: layers.SymbolicTensor): void => {
    if (order.has(symbol.id) || symbol.inputs.length === 0) return;
    symbol.inputs.forEach(visit);
    order.set(symbol.id, symbol);
  };
  visit(output);
  return [...order.values()];
}

function stepOf(layer: layers.SymbolicTensor['sourceLayer']): Step {
  const config = layer.getConfig();
  const kind = layer.getClassName();
  if (kind === 'BatchNormalization') {
    const [gamma, beta, runningMean, runningVariance, ...others] = layer.weights.map(variableOf);
    // Without γ or β, or over another dimension: seldom, and left to tfjs-layers.
    if (gamma && beta && runningMean && runningVariance && others.length === 0) {
      const epsilon = Number(config['epsilon']);
      return ([x]) => batchNormInTraining(only(x), { gamma, beta, runningMean, runningVariance, epsilon });
    }
  }
  if (kind === 'Dropout') {
    const rate = Number(config['rate']);
    return ([x], random) => dropout(only(x), rate, random);
  }
  return (inputs) => single(layer.apply(inputs, { training: true }));
}

/** Each value is dropped with probability `rate`; the rest is scaled so that the mean stays. The same on all engines. */
function dropout(x: tf.Tensor, rate: number, random: Random): tf.Tensor {
  const mask = Float32Array.from({ length: x.size }, () => (random() < rate ? 0 : 1 / (1 - rate)));
  return tf.mul(x, tf.tensor(mask, x.shape));
}

function only(x: tf.Tensor | undefined): tf.Tensor {
  if (!x) throw new Error('a layer has no input');
  return x;
}
