// A small residual network for images of up to 64 px, trained from scratch (He et al. 2016, with few layers).
import { layers } from '../engine/tf.ts';
import { createRandom } from '../../math/random.ts';
import { fastaiHead, isHead } from './head.ts';
import { initialiseKernels } from './initial.ts';
import { assembleNetwork, imagenet, type Network } from './network.ts';
import { batchNorm, convolution, relu, sum } from './residual.ts';

/** Channels of the stages; each halves the sides of the maps. */
const stages = [32, 64, 128];

export function smallNetwork({ classes, seed }: { classes: number; seed: number }): Network {
  const input = layers.input({ shape: [null, null, 3], name: 'images' });
  let maps = relu('stem_relu', batchNorm('stem_bn', convolution('stem', input, { channels: 16, kernel: 3 })));
  stages.forEach((channels, i) => {
    const name = `stage${i + 1}`;
    const halved = convolution(`${name}_half`, maps, { channels, kernel: 3, stride: 2 });
    maps = relu(`${name}_half_relu`, batchNorm(`${name}_half_bn`, halved));
    const first = convolution(`${name}_1`, maps, { channels, kernel: 3 });
    const inner = relu(`${name}_1_relu`, batchNorm(`${name}_1_bn`, first));
    const second = batchNorm(`${name}_2_bn`, convolution(`${name}_2`, inner, { channels, kernel: 3 }));
    maps = relu(`${name}_relu`, sum(`${name}_sum`, [maps, second]));
  });
  // What learns from scratch is far from knowing its images by heart: dropout would only slow it down.
  const { logits, features } = fastaiHead(maps, classes, [0, 0]);
  const network = assembleNetwork({
    name: 'small',
    side: 32,
    preprocessing: imagenet,
    model: layers.model({ inputs: input, outputs: logits }),
    features,
    groupOf: (layer) => (isHead(layer) ? 1 : 0),
  });
  initialiseKernels(network.weights, createRandom(seed));
  return network;
}
