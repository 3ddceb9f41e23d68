// From what a person names to a network with a fresh head.
import { Failure } from '../../../shared/failure.ts';
import type { Network } from './network.ts';
import { smallNetwork } from './small.ts';

export interface NetworkChoice {
  /** A name of `networkNames`. */
  readonly network: string;
  readonly classes: number;
  /** Of all weights that are not loaded. */
  readonly seed: number;
}

export const networkNames = ['small'] as const;

/** @throws Failure `bad-request` for a name that is not known. */
export async function openNetwork({ network, classes, seed }: NetworkChoice): Promise<Network> {
  if (network === 'small') return smallNetwork({ classes, seed });
  throw new Failure(
    'bad-request',
    `There is no network called ${network}. Known: ${networkNames.join(', ')}.`,
  );
}
