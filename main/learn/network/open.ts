// From what a person names to a network with a fresh head.
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Failure } from '../../../shared/failure.ts';
import { fetchHubModel, type DownloadOptions } from '../backbone/hub.ts';
import { networkOnBody } from './body.ts';
import { layersModelFile } from '../backbone/kind.ts';
import type { Network } from './network.ts';
import { resnet, resnetNames } from './resnet.ts';
import { readSafetensors } from './safetensors.ts';
import { smallNetwork } from './small.ts';
import { loadTorchWeights, resnetIn } from './torchWeights.ts';

/** Known by name; a path to a file or folder is a network too. */
export const networkNames = ['small', ...resnetNames] as const;

/**
 * What a name stands for: `small`, or a path. A ResNet's weights that are not in the user's cache yet are downloaded:
 * naming it is asking for it.
 * @throws Failure `bad-request` for what is neither a name nor there, `no-network`, `cancelled`
 */
export async function chooseNetwork(name: string, options: DownloadOptions): Promise<string> {
  // A file of that name comes first: it is what the person has at hand.
  const path = resolve(name);
  if (existsSync(path)) return path;
  if (name === 'small') return name;
  if (resnetNames.some((known) => known === name)) return fetchHubModel(name, options);
  throw new Failure(
    'bad-request',
    `There is no network ${name}. Known: ${networkNames.join(', ')}; ` +
      'or name a .safetensors file of a ResNet, or a TensorFlow.js layers model (model.json).',
  );
}

export interface NetworkChoice {
  /** What `chooseNetwork` answered with. */
  readonly network: string;
  readonly classes: number;
  /** Of all weights that are not loaded. */
  readonly seed: number;
}

/** @throws Failure `bad-backbone` where the file is no network, `not-found` */
export async function openNetwork({ network: choice, classes, seed }: NetworkChoice): Promise<Network> {
  if (choice === 'small') return smallNetwork({ classes, seed });
  const model = layersModelFile(choice);
  if (model) return networkOnBody(model, { name: basename(dirname(model)), classes, seed });
  const stored = readSafetensors(choice);
  const network = resnet(resnetIn(stored), { classes, seed });
  try {
    loadTorchWeights(network, stored);
    return network;
  } catch (error) {
    network.dispose();
    throw error;
  }
}
