// First weights, from the project's own generator: the same on every engine.
import { tf } from '../engine/tf.ts';
import type { Random } from '../../math/random.ts';

/**
 * He et al. 2015: kernels normal with variance 2 / (inputs of a unit), so that the scale of the activations stays the
 * same through layers with ReLU. All other weights are left as they are.
 * @param weights by name; a kernel's ends in `kernel` and has its outputs last.
 */
export function initialiseKernels(weights: Iterable<[string, tf.Variable]>, random: Random): void {
  for (const [name, variable] of weights) {
    if (!name.endsWith('/kernel')) continue;
    const inputs = variable.size / (variable.shape.at(-1) ?? 1);
    const deviation = Math.sqrt(2 / inputs);
    const values = new Float32Array(variable.size);
    for (let i = 0; i < values.length; i++) values[i] = deviation * normal(random);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}

/** Box & Muller 1958. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
