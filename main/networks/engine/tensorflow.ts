// The engines `tensorflow` (all cores) and `cuda` (an NVIDIA card): TensorFlow's own library, through the addon of
// TensorFlow.js, which main/build/setup/native.ts builds.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import util, { promisify } from 'node:util';
import { Failure } from '../../../shared/failure.ts';
import { onCpu, type Computer } from './computer.ts';
import { registerFusedBatchNorm } from './fusedBatchNorm.ts';
import { findAddon, tensorflowVersion, type NativeEngine } from './library.ts';
import { registerProjectiveTransform } from './projectiveTransform.ts';
import { loadTensorflow, tf, type Addon } from './tf.ts';

export async function openTensorflow(): Promise<Computer> {
  await open('tensorflow');
  return onCpu(`TensorFlow ${tensorflowVersion}`, availableParallelism());
}

export async function openCuda(): Promise<Computer> {
  const { card, memory } = await findCard();
  const addon = await open('cuda');
  if (!addon.isUsingGpuDevice()) {
    throw new Failure(
      'no-engine',
      `TensorFlow ${tensorflowVersion} does not accept the graphics card (${card}): it needs a driver for CUDA 12, version 525 or later.`,
    );
  }
  return { device: `TensorFlow ${tensorflowVersion} with CUDA on ${card}`, memory };
}

/** @returns name with driver, and memory, as `nvidia-smi` says them. @throws Failure `no-engine` where there is no driver. */
async function findCard(): Promise<{ card: string; memory: string }> {
  try {
    const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 30_000 });
    const [name, driver, memory] = (stdout.split('\n')[0] ?? '').split(', ');
    if (name && driver && memory) return { card: `${name}, driver ${driver}`, memory };
  } catch {
    // Not there, or it finds no card.
  }
  throw new Failure('no-engine', 'No NVIDIA card with a driver was found: nvidia-smi lists none.');
}

async function open(engine: NativeEngine): Promise<Addon> {
  const path = findAddon(engine);
  if (!path) {
    throw new Failure(
      'no-engine',
      `TensorFlow's library is not installed yet: npm run setup:${engine} installs it.`,
    );
  }
  // Read by the library when it is loaded. oneDNN's kernels are for every CPU, not only for those that it was made for.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  // Removed from Node 23; the addon's JavaScript still calls them.
  const removed = { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray };
  Object.assign(util, removed);
  try {
    const addon: Addon = createRequire(import.meta.url)(path);
    const { NodeJSKernelBackend } = await loadTensorflow();
    if (!tf.findBackend('tensorflow')) {
      tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(addon, 'toploss'));
    }
    registerProjectiveTransform();
    registerFusedBatchNorm();
    await tf.setBackend('tensorflow');
    return addon;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      'no-engine',
      `TensorFlow's library could not be loaded (${reason}): remove ${path} and run npm run setup:${engine}.`,
      { cause: error },
    );
  }
}
