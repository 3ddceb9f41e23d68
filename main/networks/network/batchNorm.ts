// Batch norm in training as one operation with a gradient of its own: tfjs-layers spells it out in a dozen operations,
// each of them a pass over all activations and a tensor that stays in memory until the gradient is taken.
import { forwardKernel, gradientKernel } from '../engine/fusedBatchNorm.ts';
import { tf } from '../engine/tf.ts';
import { operation } from './operation.ts';

export interface BatchNormWeights {
  readonly gamma: tf.Tensor;
  readonly beta: tf.Tensor;
  readonly runningMean: tf.Variable;
  readonly runningVariance: tf.Variable;
  readonly epsilon: number;
}

/** What stays of a running statistic at every batch: PyTorch's momentum of 0.1, whatever the model was made with. */
const decay = 0.9;

/**
 * y = γ (x − m) / √(v + ε) + β with mean m and variance v over all but the last dimension. As in PyTorch v is the biased
 * variance, while the unbiased one goes into the running statistics.
 */
export function batchNormInTraining(x: tf.Tensor, weights: BatchNormWeights): tf.Tensor {
  return x.rank === 4 && tf.getKernel(forwardKernel, tf.getBackend())
    ? fused(x, weights)
    : spelledOut(x, weights);
}

/** Where the backend has it in one operation. */
function fused(
  x: tf.Tensor,
  { gamma, beta, runningMean, runningVariance, epsilon }: BatchNormWeights,
): tf.Tensor {
  return operation([x, gamma, beta], {
    forward(save) {
      const [y = x, mean = x, variance = x, ...reserved] = run(forwardKernel, { x, gamma, beta }, epsilon);
      follow(runningMean, mean);
      follow(runningVariance, variance);
      save([x, gamma, ...reserved]);
      return y;
    },
    gradients(dy, [input = x, scale = gamma, first = x, second = x, third = x]) {
      return run(gradientKernel, { dy, x: input, gamma: scale, first, second, third }, epsilon);
    },
  });
}

const run = (kernel: string, inputs: tf.NamedTensorMap, epsilon: number): tf.Tensor[] =>
  tf.engine().runKernel(kernel, inputs, { epsilon });

function spelledOut(
  x: tf.Tensor,
  { gamma, beta, runningMean, runningVariance, epsilon }: BatchNormWeights,
): tf.Tensor {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const count = x.size / gamma.size;

  return operation([x, gamma, beta], {
    forward(save) {
      const mean = tf.mean(x, axes);
      const variance = tf.mean(tf.squaredDifference(x, mean), axes);
      follow(runningMean, mean);
      follow(runningVariance, tf.mul(variance, count / Math.max(1, count - 1)));
      save([x, mean, variance, gamma]);
      return tf.batchNorm(x, mean, variance, beta, gamma, epsilon);
    },
    /** Ioffe & Szegedy 2015, section 3, with the sums gathered: dx = γ/σ (dy − mean dy − x̂ mean(dy x̂)). */
    gradients(dy, [input = x, mean = x, variance = x, scale = gamma]) {
      const deviation = tf.sqrt(tf.add(variance, epsilon));
      const sum = tf.sum(dy, axes);
      // Σ dy x̂; the mean is taken off before the product, so that no digits are lost where it is large.
      const sumWithInput = tf.div(tf.sum(tf.mul(dy, tf.sub(input, mean)), axes), deviation);
      const factor = tf.div(scale, deviation);
      const offset = tf.mul(tf.mul(factor, sum), -1 / count);
      const slope = tf.mul(tf.mul(factor, sumWithInput), -1 / count);
      const rest = tf.batchNorm(input, mean, variance, offset, slope, epsilon);
      return [tf.add(tf.mul(dy, factor), rest), sumWithInput, sum];
    },
  });
}

function follow(running: tf.Variable, value: tf.Tensor): void {
  running.assign(tf.add(tf.mul(running, decay), tf.mul(value, 1 - decay)));
}
