// The weights of a network as plain numbers: for checkpoints, and to start several trainings from the same.
import { tf } from '../engine/tf.ts';
import type { Network } from './network.ts';

export async function readWeights(network: Network): Promise<Map<string, Float32Array>> {
  const read = new Map<string, Float32Array>();
  for (const [name, variable] of network.weights) {
    read.set(name, Float32Array.from(await variable.data<'float32'>()));
  }
  return read;
}

/** @throws Error where a weight is missing, unknown or of another size; none is changed then. */
export function writeWeights(network: Network, values: ReadonlyMap<string, Float32Array>): void {
  const unknown = [...values.keys()].find((name) => !network.weights.has(name));
  if (unknown !== undefined) throw new Error(`${network.name} has no weight ${unknown}`);
  const pairs = [...network.weights].map(([name, variable]) => {
    const given = values.get(name);
    if (given?.length !== variable.size) {
      throw new Error(
        `${network.name}: ${name} has ${variable.size} numbers, not ${given?.length ?? 'none'}`,
      );
    }
    return { variable, given };
  });
  for (const { variable, given } of pairs) {
    tf.tidy(() => variable.assign(tf.tensor(given, variable.shape)));
  }
}
