// What a network would see in a training: a batch at the side that its input has.
import type { FilesFound } from '../../features/extraction/images.ts';
import type { Work } from '../../work/work.ts';
import { showBatch } from '../batches/showBatch.ts';
import { openEngine } from '../engine/engine.ts';
import { inputSide } from '../network/network.ts';
import { openNetwork } from '../network/open.ts';
import type { NetworkBatch, ShowBatchRequest } from '../types.ts';

/** @throws Failure as `openNetwork` and `showBatch`; the signal's reason when it is aborted. */
export async function showNetworkBatch(
  { weights, side: wished, ...request }: ShowBatchRequest,
  work: Work<FilesFound>,
): Promise<NetworkBatch> {
  await openEngine('wasm');
  const network = await openNetwork({ network: weights, classes: 2, seed: request.seed });
  const side = inputSide(network, wished);
  network.dispose();
  return { ...(await showBatch({ ...request, side }, work)), side };
}
