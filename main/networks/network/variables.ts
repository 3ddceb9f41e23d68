// Where the types of tfjs-layers say less than holds.
import { layers, tf } from '../engine/tf.ts';

/** tfjs-layers wraps its variables to hide that they are some: only a variable has a gradient. */
export function variableOf(weight: layers.LayerVariable): tf.Variable {
  const value = weight.read();
  if (!(value instanceof tf.Variable)) throw new Error(`the weight ${weight.name} is not a variable`);
  return value;
}

/** The tensor that a layer or model with one output answers with, applied to tensors. */
export function single(output: ReturnType<layers.LayersModel['apply']>): tf.Tensor {
  const [value] = Array.isArray(output) ? output : [output];
  if (!(value instanceof tf.Tensor)) throw new Error('a layer was applied to a symbol');
  return value;
}

/** The symbol that a layer or model with one output answers with, applied to symbols. */
export function symbol(output: ReturnType<layers.LayersModel['apply']>): layers.SymbolicTensor {
  const [value] = Array.isArray(output) ? output : [output];
  if (!(value instanceof layers.SymbolicTensor)) throw new Error('a layer was applied to a tensor');
  return value;
}
