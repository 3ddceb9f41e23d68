// The layers of residual networks, padded as PyTorch pads: by half the kernel on every side, where TensorFlow's `same`
// pads one side less at a stride of two.
import { layers } from '../engine/tf.ts';
import { symbol } from './variables.ts';

type Maps = layers.SymbolicTensor;

export interface ConvolutionShape {
  readonly channels: number;
  readonly kernel: number;
  readonly stride?: number;
}

/** Without bias, for batch norm follows. Its kernel is zero until it is initialised or loaded. */
export function convolution(
  name: string,
  maps: Maps,
  { channels, kernel, stride = 1 }: ConvolutionShape,
): Maps {
  const same = stride === 1;
  const input = same || kernel === 1 ? maps : pad(name, maps, (kernel - 1) / 2);
  const layer = layers.layers.conv2d({
    name,
    filters: channels,
    kernelSize: kernel,
    strides: stride,
    padding: same ? 'same' : 'valid',
    useBias: false,
    kernelInitializer: 'zeros',
  });
  return symbol(layer.apply(input));
}

/** PyTorch's defaults; its momentum of 0.1 is 0.9 here. */
export function batchNorm(name: string, maps: Maps): Maps {
  return symbol(layers.layers.batchNormalization({ name, epsilon: 1e-5, momentum: 0.9 }).apply(maps));
}

export function relu(name: string, maps: Maps): Maps {
  return symbol(layers.layers.activation({ name, activation: 'relu' }).apply(maps));
}

export function sum(name: string, branches: Maps[]): Maps {
  return symbol(layers.layers.add({ name }).apply(branches));
}

/** For maps that are not negative: padding them with zeros is then the same as padding with −∞. */
export function maxPool(name: string, maps: Maps): Maps {
  const layer = layers.layers.maxPooling2d({ name, poolSize: 3, strides: 2, padding: 'valid' });
  return symbol(layer.apply(pad(name, maps, 1)));
}

function pad(name: string, maps: Maps, by: number): Maps {
  const padding: [[number, number], [number, number]] = [
    [by, by],
    [by, by],
  ];
  return symbol(layers.layers.zeroPadding2d({ name: `${name}_pad`, padding }).apply(maps));
}
