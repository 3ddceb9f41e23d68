// Weights that PyTorch stored, brought into a network whose layers have PyTorch's names.
import { tf } from '../engine/tf.ts';
import type { Network } from './network.ts';
import { architectures, resnetNames, type ResnetName } from './resnet.ts';
import { badWeights, type Safetensors } from './safetensors.ts';

/** What PyTorch calls the parts of a layer. */
const torchNames: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** @param name of a weight in a network: `layer1.0.bn1/gamma`. */
export function torchNameOf(name: string): string {
  const [layer = '', part = ''] = name.split('/');
  return `${layer}.${torchNames[part] ?? part}`;
}

/** Batch norm's count of batches, and the classifier, are in every file and not part of the body. */
const isPassedOver = (name: string) => name.endsWith('.num_batches_tracked') || name.startsWith('fc.');

/**
 * Loads all weights of the network that the file can have: those of the head, `head_…`, stay as they are.
 * @throws Failure `bad-backbone` where the file is not that of this network; nothing is changed then.
 */
export function loadTorchWeights(network: Network, { file, tensors }: Safetensors): void {
  const used = new Set<string>();
  const pairs = [...network.weights].flatMap(([name, variable]) => {
    if (name.startsWith('head_')) return [];
    const torchName = torchNameOf(name);
    used.add(torchName);
    const tensor = tensors.get(torchName);
    if (!tensor) throw badWeights(file, `it has no ${torchName}, which ${network.name} needs`);
    const wanted = torchShape(variable.shape);
    if (tensor.shape.join() !== wanted.join()) {
      throw badWeights(
        file,
        `${torchName} is [${tensor.shape.join(', ')}], where ${network.name} has [${wanted.join(', ')}]`,
      );
    }
    return [{ variable, tensor, values: tensor.values() }];
  });
  const unknown = [...tensors.keys()].find((name) => !used.has(name) && !isPassedOver(name));
  if (unknown !== undefined) throw badWeights(file, `it has ${unknown}, which ${network.name} has not`);
  for (const { variable, tensor, values } of pairs) {
    tf.tidy(() => variable.assign(fromTorch(values, tensor.shape)));
  }
}

/** PyTorch has a convolution's kernel as [out, in, height, width], a linear map as [out, in]. */
function torchShape(shape: readonly number[]): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = shape;
  if (shape.length === 4) return [d, c, a, b];
  return shape.length === 2 ? [b, a] : [...shape];
}

function fromTorch(values: Float32Array, shape: readonly number[]): tf.Tensor {
  const tensor = tf.tensor(values, [...shape]);
  if (shape.length === 4) return tf.transpose(tensor, [2, 3, 1, 0]);
  return shape.length === 2 ? tf.transpose(tensor) : tensor;
}

/** Which ResNet a file holds, by the blocks that it names. @throws Failure `bad-backbone` */
export function resnetIn({ file, tensors }: Safetensors): ResnetName {
  const blocks = [1, 2, 3, 4].map((stage) => {
    let count = 0;
    while (tensors.has(`layer${stage}.${count}.conv1.weight`)) count++;
    return count;
  });
  const bottleneck = tensors.has('layer1.0.conv3.weight');
  for (const name of resnetNames) {
    const architecture = architectures[name];
    if (architecture.blocks.join() === blocks.join() && architecture.bottleneck === bottleneck) return name;
  }
  throw badWeights(file, 'its tensors are not named like those of a known ResNet');
}
