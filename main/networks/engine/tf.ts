// The one module that imports TensorFlow.js: its packages have had no release since 4.22, so what replaces them some
// day replaces this. Only functions: the methods of tensors (`x.relu()`) are not there, `tf.relu(x)` is.
export * as tf from '@tensorflow/tfjs-core';
export * as layers from '@tensorflow/tfjs-layers';

// The backends, loaded when an engine needs them: loading one makes it known to tf by its name.
export const loadCpu = () => import('@tensorflow/tfjs-backend-cpu');
export const loadWebgpu = () => import('@tensorflow/tfjs-backend-webgpu');
export const loadWasm = () => import('@tensorflow/tfjs-backend-wasm');

/** Of the addon's package only what it computes with: its entry looks for an addon of its own. It is optional. */
export async function loadTensorflow() {
  await import('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  return import('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js');
}
export type { TFJSBinding as Addon } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding.js';
