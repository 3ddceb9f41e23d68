// The engine for a graphics card of any maker: WebGPU by Dawn, on Vulkan, Metal or Direct3D 12.
import { Failure } from '../../../shared/failure.ts';
import type { Computer } from './computer.ts';
import { loadWebgpu, tf } from './tf.ts';

/** @param asked an adapter that computes on the CPU is taken only then. */
export async function openWebgpu(asked: boolean): Promise<Computer> {
  const { create, globals } = await loadDawn();
  // TensorFlow.js looks for these where a browser has them. The objects of Dawn live as long as this one.
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new Failure(
      'no-engine',
      'WebGPU finds no graphics card: install its driver with Vulkan (Debian: apt install libvulkan1 and mesa-vulkan-drivers).',
    );
  }
  const { vendor, device, description, isFallbackAdapter } = adapter.info;
  const name = description || device || vendor || 'an unnamed card';
  const onCpu =
    isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(`${vendor} ${device} ${description}`);
  if (onCpu && !asked) {
    throw new Failure(
      'no-engine',
      `WebGPU would run on the CPU (${name}), which is slower than the other engines; --engine webgpu uses it anyway.`,
    );
  }
  await loadWebgpu();
  if (!(await tf.setBackend('webgpu'))) {
    throw new Failure('no-engine', `WebGPU could not be started on ${name}: update its driver.`);
  }
  // The API tells no size of the memory, lest pages recognise their visitors.
  return { device: `WebGPU on ${name}${onCpu ? ' (software)' : ''}`, memory: null };
}

async function loadDawn() {
  try {
    return await import('webgpu');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure('no-engine', `WebGPU could not be loaded: ${reason}.`, { cause: error });
  }
}
