// From what a person names to what a network is opened from. Loads no TensorFlow.js: the process with the labels asks, too.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../../../shared/failure.ts';
import { networkNames } from '../../../shared/training.ts';
import type { Work } from '../../work/work.ts';
import { fetchHubModel, type DownloadOptions } from '../../features/backbone/hub.ts';

export interface ChosenNetwork {
  /** The name, or the absolute path of what was named. */
  readonly network: string;
  /** What it is opened from: `small`, or a path. */
  readonly weights: string;
}

/**
 * A ResNet's weights that are not in the user's cache yet are downloaded: naming it is asking for it.
 * @throws Failure `bad-request` for what is neither a name nor there, `no-network`, `cancelled`
 */
export async function chooseNetwork(
  name: string,
  work: Work,
  fetched: Omit<DownloadOptions, 'work'> = {},
): Promise<ChosenNetwork> {
  // A file of that name comes first: it is what the person has at hand.
  const path = resolve(name);
  if (existsSync(path)) return { network: path, weights: path };
  if (name === 'small') return { network: name, weights: name };
  if (networkNames.some((known) => known === name))
    return { network: name, weights: await fetchHubModel(name, { work, ...fetched }) };
  throw new Failure(
    'bad-request',
    `There is no network ${name}. Choose one of: ${networkNames.join(', ')}; ` +
      'or name a .safetensors file of a ResNet, or a TensorFlow.js layers model (model.json).',
  );
}
