// The speed of the engine of TensorFlow.js that is open.
import { channels, images, matrixSide, medianSeconds, side, speedOf, type Speed } from './speed.ts';
import { tf } from './tf.ts';

export async function measureNetworkSpeed(): Promise<Speed> {
  const matrix = tf.randomUniform([matrixSide, matrixSide]);
  const x = tf.variable(tf.randomUniform<tf.Rank.R4>([images, side, side, channels]));
  const kernel = tf.variable(tf.randomUniform<tf.Rank.R4>([3, 3, channels, channels]));
  const convolve = () => tf.conv2d(x, kernel, 1, 'same');
  const gradients = () => tf.variableGrads(() => tf.sum(convolve()), [x, kernel]).grads;
  const seconds = {
    product: await medianSeconds(() => waitFor(() => [tf.matMul(matrix, matrix)])),
    convolution: await medianSeconds(() => waitFor(() => [convolve()])),
    withGradients: await medianSeconds(() => waitFor(() => Object.values(gradients()))),
  };
  tf.dispose([matrix, x, kernel]);
  return speedOf(seconds);
}

/** An engine may only queue what it is asked for: the values are there once they are read. */
async function waitFor(compute: () => tf.Tensor[]): Promise<void> {
  const results = tf.tidy(compute);
  for (const result of results) await result.data();
  tf.dispose(results);
}
