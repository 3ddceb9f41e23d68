// Rectifiers with a gradient of their own: TensorFlow.js takes that of relu6 in nine passes over all activations, and
// keeps the input and what lies between for it.
import { tf } from '../engine/tf.ts';
import { operation } from './operation.ts';

/**
 * max(x, 0), and at most `ceiling`. The gradient at the bounds is 0, as in PyTorch.
 * @param ceiling null: none.
 */
export function rectify(x: tf.Tensor, ceiling: number | null): tf.Tensor {
  return operation([x], {
    forward(save) {
      const value = ceiling === null ? tf.relu(x) : tf.clipByValue(x, 0, ceiling);
      save([value]);
      return value;
    },
    gradients(dy, [y = dy]) {
      const rising = ones(tf.greater(y, 0));
      return [tf.mul(dy, ceiling === null ? rising : tf.mul(rising, ones(tf.less(y, ceiling))))];
    },
  });
}

/** tf.step looks for NaN first, in four passes. */
const ones = (where: tf.Tensor) => tf.cast(where, 'float32');
