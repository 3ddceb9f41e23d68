// An operation of our own with its gradients, which gives memory back as soon as its gradients are taken: TensorFlow.js
// keeps what was saved for them, and each gradient on the way, until the whole step is done.
import { tf } from '../engine/tf.ts';

export interface Operation {
  /** @param save keeps tensors for the gradients. */
  forward(save: (tensors: tf.Tensor[]) => void): tf.Tensor;
  /** @returns one of each input. */
  gradients(dy: tf.Tensor, saved: readonly tf.Tensor[]): tf.Tensor[];
}

export function operation(inputs: tf.Tensor[], { forward, gradients }: Operation): tf.Tensor {
  const apply = tf.customGrad((...given) => {
    const save = given.at(-1);
    if (typeof save !== 'function') throw new Error('customGrad passed nothing to save with');
    return {
      value: forward(save),
      gradFunc(dy: tf.Tensor, saved: tf.Tensor[]) {
        const results = tf.tidy(() => gradients(dy, saved));
        // Nobody else needs these: the gradient of a result is read by the operation that it is the result of.
        tf.dispose([dy, saved]);
        return results;
      },
    };
  });
  return apply(...inputs);
}
