// From what was chosen to a network with a fresh head.
import { basename, dirname } from 'node:path';
import { networkOnBody } from './body.ts';
import { layersModelFile } from '../../features/backbone/kind.ts';
import type { HeadKind } from './head.ts';
import type { Network } from './network.ts';
import { resnet } from './resnet.ts';
import { readSafetensors } from './safetensors.ts';
import { smallNetwork } from './small.ts';
import { loadTorchWeights, resnetIn } from './torchWeights.ts';

export interface NetworkChoice {
  /** What `chooseNetwork` answered with. */
  readonly network: string;
  readonly classes: number;
  /** Of all weights that are not loaded. */
  readonly seed: number;
  /** Of a pretrained network; by default fastai's. */
  readonly head?: HeadKind;
}

/** @throws Failure `bad-backbone` where the file is no network, `not-found` */
export async function openNetwork({
  network: choice,
  classes,
  seed,
  head = 'fastai',
}: NetworkChoice): Promise<Network> {
  if (choice === 'small') return smallNetwork({ classes, seed });
  const model = layersModelFile(choice);
  if (model) return networkOnBody(model, { name: basename(dirname(model)), classes, seed, head });
  const stored = readSafetensors(choice);
  const network = resnet(resnetIn(stored), { classes, seed, head });
  try {
    loadTorchWeights(network, stored);
    return network;
  } catch (error) {
    network.dispose();
    throw error;
  }
}
