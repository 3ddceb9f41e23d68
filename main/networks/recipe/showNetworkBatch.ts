// What a network would see in a training: a batch at the side that its input has.
import { showBatch } from '../batches/showBatch.ts';
import { openEngine } from '../engine/engine.ts';
import { inputSide } from '../network/network.ts';
import { openNetwork } from '../network/open.ts';
import type { NetworkBatch, ShowBatchRequest } from '../../trainer/protocol.ts';
import type { SessionListeners } from '../../trainer/session.ts';

/** @throws Failure as `openNetwork` and `showBatch`; the signal's reason when it is aborted. */
export async function showNetworkBatch(
  { network: choice, side: wished, ...request }: ShowBatchRequest,
  { signal, onFindings, onProgress }: SessionListeners,
): Promise<NetworkBatch> {
  await openEngine('wasm');
  const network = await openNetwork({ network: choice, classes: 2, seed: request.seed });
  const side = inputSide(network, wished);
  network.dispose();
  const batch = await showBatch(
    { ...request, side },
    { signal, onFindings, onProgress: (done, total) => onProgress('pixels', done, total) },
  );
  return { ...batch, side };
}
