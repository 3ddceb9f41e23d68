// What the engines are called, for those who name them without computing: loading TensorFlow.js or ONNX Runtime takes a
// while.
export { engineNames, type EngineName } from '../../../shared/training.ts';

/** ONNX Runtime computes features on these, best first: what its package brings for this system. */
export const featureEngines: readonly string[] =
  process.platform === 'darwin' ? ['coreml', 'cpu'] : process.platform === 'win32' ? ['dml', 'cpu'] : ['cpu'];
