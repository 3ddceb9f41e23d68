// What an engine's error means for the person: memory that ran out, or a device that is gone. Engines have no codes for
// it, only words. After a loss small allocations fail as well, so that the loss is looked for first.
import { Failure } from '../../../shared/failure.ts';

const lost =
  /device.{0,20}\b(lost|removed|hung|destroyed)\b|context lost|CUDA_ERROR_(?!OUT_OF_MEMORY)|DXGI_ERROR/i;
const memory =
  /out[ _]of[ _]memory|\bOOM\b|bad_alloc|allocation failed|enlarge memory|maximum memory size|memory access out of bounds|resource ?exhausted/i;

/** Null for an error of another kind. */
export function engineFailure(error: unknown): Failure | null {
  if (error instanceof Failure) return null;
  const words = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  const said = words.split('\n')[0]?.slice(0, 200) ?? '';
  if (lost.test(words)) {
    return new Failure(
      'device-lost',
      `The device that computes is gone or hangs (${said}). Your labels are safe, and finished epochs are kept. Train again to go on from there, or choose another engine.`,
      { cause: error },
    );
  }
  if (memory.test(words)) {
    return new Failure(
      'out-of-memory',
      `Memory ran out in training (${said}). Your labels are safe. Train again with a smaller batch or side.`,
      { cause: error },
    );
  }
  return null;
}
