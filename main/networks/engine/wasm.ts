// The engine that is there on every machine: WebAssembly with SIMD. One thread: TensorFlow.js starts others in a
// browser only.
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { Failure } from '../../../shared/failure.ts';
import { onCpu, type Computer } from './computer.ts';
import { registerGradients } from './gradients.ts';
import { registerSums } from './sums.ts';
import { loadWasm, tf } from './tf.ts';

/** @throws Failure `no-engine` */
export async function openWasm(): Promise<Computer> {
  const { setWasmPaths } = await loadWasm();
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(main), sep));
  if (!(await tf.setBackend('wasm'))) {
    throw new Failure(
      'no-engine',
      'WebAssembly could not be started: install the dependencies again (npm ci).',
    );
  }
  registerGradients('wasm');
  registerSums('wasm');
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return { ...onCpu(`WebAssembly ${simd ? 'with' : 'without'} SIMD`, 1), memory: 'at most 4 GB' };
}
