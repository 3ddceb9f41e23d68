// What a backbone's path stands for, told without TensorFlow.js: most runs do not need it.
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Beside model.onnx there may be another model, for inputs of so many pixels and more: deeper features say more there. */
export const largeModel = 'model.large.onnx';
export const largeSide = 160;

/** The model.json that a path stands for: the file itself, or that of a folder; null where there is none. */
export function layersModelFile(path: string): string | null {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'model.json') : path;
  return basename(file).endsWith('.json') && existsSync(file) ? file : null;
}

/**
 * Whether a path is one of `loadNetworkBackbone`. Where a folder has the same model as ONNX too, that one is taken: it is
 * several times faster on a CPU.
 */
export function isNetwork(path: string): boolean {
  if (path.endsWith('.safetensors')) return true;
  return layersModelFile(path) !== null && !existsSync(join(path, 'model.onnx'));
}
