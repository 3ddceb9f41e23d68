// From what a person names to a backbone: a path, a known model of the Hugging Face hub, or `patches`.
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { hubModels, fetchHubModel, type DownloadOptions } from './hub.ts';

/**
 * The ONNX model that a name stands for; null for `patches`, which needs none; undefined where nothing was named.
 * A hub model that is not in the user's cache yet is downloaded: naming it is asking for it.
 */
export async function chooseBackbone(
  name: string | undefined,
  options: DownloadOptions,
): Promise<{ path: string; name: string } | null | undefined> {
  if (name === undefined) return undefined;
  if (name === 'patches') return null;
  // A file of that name comes first: it is what the person has at hand.
  if (name in hubModels && !existsSync(name)) {
    return { path: await fetchHubModel(name, options), name };
  }
  const path = resolve(name);
  return { path, name: basename(path).replace(/\.onnx$/, '') };
}
