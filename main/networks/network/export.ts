// A trained network as a folder that other programs can load: a TensorFlow.js layers model that answers with logits, how
// its pixels are prepared, and what its classes are called.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { preprocessorConfig } from '../../features/backbone/preprocessing.ts';
import { writeLayersModel } from './layersFile.ts';
import type { Network } from './network.ts';

const descriptionSchema = z.object({
  network: z.string(),
  /** Of the images that it was trained on, in pixels. */
  side: z.int().positive(),
  /** In the order of the logits. */
  classes: z.array(z.string()),
});
export type Description = z.infer<typeof descriptionSchema>;

/**
 * Writes `model.json` with its shards, `preprocessor_config.json` and `network.json` into a folder that is not there yet.
 * @throws what writing fails with.
 */
export async function exportNetwork(
  network: Network,
  folder: string,
  { side, classes }: { side: number; classes: readonly string[] },
): Promise<void> {
  const description: Description = { network: network.name, side, classes: [...classes] };
  await writeLayersModel(network.model, folder, {
    'preprocessor_config.json': preprocessorConfig(network.preprocessing, side),
    'network.json': description,
  });
}

/** Of a folder that `exportNetwork` wrote; null for any other. */
export function readDescription(folder: string): Description | null {
  const file = join(folder, 'network.json');
  if (!existsSync(file)) return null;
  return descriptionSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null;
}
