// What is tried by itself when a training fails over its machine: once half the batch where memory ran out, once a new
// process where the device was lost, and then another engine only where the person allowed it. Each try is said.
import { Failure } from '../../shared/failure.ts';
import { engineNames, type EngineName } from '../../shared/training.ts';
import type { FineTuneRequest } from '../networks/index.ts';
import type { Work } from '../work/work.ts';

/** @throws what the last attempt failed with. */
export async function attemptAll<T>(
  request: FineTuneRequest,
  { allowFallback, note }: { readonly allowFallback: boolean } & Pick<Work, 'note'>,
  attempt: (request: FineTuneRequest) => Promise<T>,
): Promise<{ readonly result: T; readonly request: FineTuneRequest }> {
  let now = request;
  let halved = false;
  let restarted = false;
  for (;;) {
    try {
      return { result: await attempt(now), request: now };
    } catch (error) {
      const code = error instanceof Failure ? error.code : null;
      const { options } = now;
      if (code === 'out-of-memory' && !halved && options.batchSize > 1) {
        halved = true;
        now = { ...now, options: { ...options, batchSize: Math.floor(options.batchSize / 2) } };
        note(`Memory ran out: trying once more with ${now.options.batchSize} images a batch.`);
      } else if (code === 'device-lost' && !restarted) {
        restarted = true;
        note('The device was lost: trying once more in a new process, from the last epoch.');
      } else if ((code === 'device-lost' || code === 'out-of-memory') && allowFallback && after(now.engine)) {
        now = { ...now, engine: after(now.engine) };
        note(`Going on with the engine ${now.engine}, as you allowed.`);
      } else {
        throw error;
      }
    }
  }
}

/** The next best engine; null after the last. */
function after(engine: EngineName | null): EngineName | null {
  return engineNames[engine === null ? 1 : engineNames.indexOf(engine) + 1] ?? null;
}
