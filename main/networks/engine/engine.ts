// What TensorFlow.js computes on. Each engine either opens or says in one sentence why not; none stands in for another
// without being named.
import { Failure } from '../../../shared/failure.ts';
import type { Computer } from './computer.ts';
import { engineNames, type EngineName } from '../../../shared/training.ts';
import { openCuda, openTensorflow } from './tensorflow.ts';
import { openWasm } from './wasm.ts';
import { openWebgpu } from './webgpu.ts';

export interface Engine extends Computer {
  readonly name: EngineName;
  /** The better engines that are not there, best first; empty where the engine was asked for by name. */
  readonly passedOver: readonly { readonly name: EngineName; readonly reason: string }[];
}

/** Makes the engine tf's backend; `asked` for by name. @throws Failure `no-engine`, saying what would make it available. */
type Open = (asked: boolean) => Promise<Computer>;

const openers: Record<EngineName, Open> = {
  cuda: openCuda,
  webgpu: openWebgpu,
  tensorflow: openTensorflow,
  wasm: openWasm,
};

/**
 * Opens an engine and makes it the backend of everything that follows in this process.
 * @param wanted null: the best that opens.
 * @throws Failure `no-engine` with the reason.
 */
export async function openEngine(wanted: EngineName | null): Promise<Engine> {
  if (wanted) return { name: wanted, ...(await openers[wanted](true)), passedOver: [] };
  const passedOver: { name: EngineName; reason: string }[] = [];
  for (const name of engineNames) {
    try {
      return { name, ...(await openers[name](false)), passedOver };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      passedOver.push({ name, reason: error.message });
    }
  }
  throw new Failure('no-engine', passedOver.map(({ name, reason }) => `${name}: ${reason}`).join(' '));
}

/**
 * Opens an engine to try it.
 * @param asked as if a person had named it; else, as in the choice of the best, where some would be passed over.
 * @throws Failure `no-engine` with the reason.
 */
export function openAsIf(asked: boolean, name: EngineName): Promise<Computer> {
  return openers[name](asked);
}
