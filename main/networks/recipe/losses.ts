// The losses of the recipe, on logits, as means over a batch. Targets are distributions over the classes (one row an
// image), so that a smoothed label and an image that a person gave two classes need nothing of their own.
import { tf } from '../engine/tf.ts';

/**
 * Cross-entropy with the softmax, in nats; finite for any finite logits.
 * @param targets [n, classes], each row sums to 1.
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => tf.mean(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1))));
}

/**
 * Binary cross-entropy with a sigmoid for each class, in nats, as a mean over images and classes: ln(1 + eˣ) − y·x,
 * written so that no exponential overflows.
 * @param targets [n, classes], each number 0 or 1.
 */
export function binaryCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const softplus = tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
    return tf.mean(tf.sub(softplus, tf.mul(logits, targets)));
  });
}

/**
 * The targets of some labels, row-major. With several classes an image in a single-label set, each has its share.
 * @param smoothing share of the target that is spread over all classes (Szegedy et al. 2016, as fastai's
 *   LabelSmoothingCrossEntropy); nothing for multi-label.
 */
export function targetsOf(
  labels: readonly (readonly number[])[],
  { classes, multiLabel, smoothing }: { classes: number; multiLabel: boolean; smoothing: number },
): Float32Array {
  const spread = multiLabel ? 0 : smoothing;
  const targets = new Float32Array(labels.length * classes).fill(spread / classes);
  labels.forEach((label, row) => {
    for (const k of label)
      targets[row * classes + k] = spread / classes + (1 - spread) / (multiLabel ? 1 : label.length);
  });
  return targets;
}
