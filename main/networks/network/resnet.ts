// Residual networks as in torchvision, which has the stride of a bottleneck in its 3×3 convolution ("v1.5" of He et al.
// 2016). Layers have torchvision's names, which are timm's too.
import { layers } from '../engine/tf.ts';
import { createRandom } from '../../math/random.ts';
import { heads, isHead, type HeadKind } from './head.ts';
import { initialiseKernels } from './initial.ts';
import { assembleNetwork, imagenet, type Network } from './network.ts';
import { batchNorm, convolution, maxPool, relu, sum } from './residual.ts';

type Maps = layers.SymbolicTensor;

interface Architecture {
  /** Blocks of each of the four stages. */
  readonly blocks: readonly number[];
  readonly bottleneck: boolean;
}

export const architectures = {
  resnet18: { blocks: [2, 2, 2, 2], bottleneck: false },
  resnet34: { blocks: [3, 4, 6, 3], bottleneck: false },
  resnet50: { blocks: [3, 4, 6, 3], bottleneck: true },
  resnet101: { blocks: [3, 4, 23, 3], bottleneck: true },
} as const satisfies Record<string, Architecture>;

export type ResnetName = keyof typeof architectures;
export const resnetNames = ['resnet18', 'resnet34', 'resnet50', 'resnet101'] as const satisfies ResnetName[];

/** All kernels are made from the seed: the body's are usually loaded afterwards, by `loadTorchWeights`. */
export function resnet(
  name: ResnetName,
  { classes, seed, head = 'fastai' }: { classes: number; seed: number; head?: HeadKind },
): Network {
  const { input, maps } = resnetBody(name);
  const { logits, features } = heads[head](maps, classes);
  const model = layers.model({ inputs: input, outputs: logits });
  const network = assembleNetwork({
    name,
    side: 224,
    preprocessing: imagenet,
    model,
    features,
    groupOf: resnetGroup,
  });
  initialiseKernels(network.weights, createRandom(seed));
  return network;
}

/** Up to the last maps, [n, side / 32, side / 32, channels]. */
export function resnetBody(name: ResnetName): { input: Maps; maps: Maps } {
  const { blocks, bottleneck }: Architecture = architectures[name];
  const input = layers.input({ shape: [null, null, 3], name: 'images' });
  const stem = convolution('conv1', input, { channels: 64, kernel: 7, stride: 2 });
  let maps = maxPool('maxpool', relu('relu', batchNorm('bn1', stem)));
  blocks.forEach((count, stage) => {
    const channels = 64 * 2 ** stage;
    for (let i = 0; i < count; i++) {
      const block = `layer${stage + 1}.${i}`;
      const stride = i === 0 && stage > 0 ? 2 : 1;
      maps = (bottleneck ? bottleneckBlock : basicBlock)(block, maps, channels, stride);
    }
  });
  return { input, maps };
}

/** As fastai splits a ResNet (`_resnet_split`): up to layer2, the rest of the body, the head. */
export function resnetGroup(layer: string): number {
  if (isHead(layer)) return 2;
  return /^layer[34]/.test(layer) ? 1 : 0;
}

function basicBlock(name: string, maps: Maps, channels: number, stride: number): Maps {
  const first = batchNorm(`${name}.bn1`, convolution(`${name}.conv1`, maps, { channels, kernel: 3, stride }));
  const second = convolution(`${name}.conv2`, relu(`${name}.relu1`, first), { channels, kernel: 3 });
  return join(name, maps, batchNorm(`${name}.bn2`, second), stride);
}

function bottleneckBlock(name: string, maps: Maps, channels: number, stride: number): Maps {
  const narrow = batchNorm(`${name}.bn1`, convolution(`${name}.conv1`, maps, { channels, kernel: 1 }));
  const middle = convolution(`${name}.conv2`, relu(`${name}.relu1`, narrow), { channels, kernel: 3, stride });
  const active = relu(`${name}.relu2`, batchNorm(`${name}.bn2`, middle));
  const wide = convolution(`${name}.conv3`, active, { channels: 4 * channels, kernel: 1 });
  return join(name, maps, batchNorm(`${name}.bn3`, wide), stride);
}

/** Adds the block's input, brought to the same shape where it has another. */
function join(name: string, input: Maps, branch: Maps, stride: number): Maps {
  const channels = branch.shape.at(-1) ?? 0;
  const same = stride === 1 && input.shape.at(-1) === channels;
  const shortcut = same
    ? input
    : batchNorm(
        `${name}.downsample.1`,
        convolution(`${name}.downsample.0`, input, { channels, kernel: 1, stride }),
      );
  return relu(`${name}.relu`, sum(`${name}.sum`, [branch, shortcut]));
}
