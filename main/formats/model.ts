// The export that is a fine-tuned network: the folder that the training wrote, as other programs load it.
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { errorCode } from '../files/reason.ts';
import type { Written } from './row.ts';
import type { Work } from '../work/work.ts';

/**
 * Writes `model.json` with its weights, `preprocessor_config.json` and `network.json` (the names of the classes).
 * @param model the folder of the network; null: there is none.
 */
export async function writeModel(
  folder: string,
  model: string | null,
  { signal, progress }: Work,
): Promise<Written> {
  const files = await filesOf(model);
  await mkdir(folder);
  for (const [done, { file, name }] of files.entries()) {
    signal.throwIfAborted();
    await copyFile(file, path.join(folder, name));
    progress('export', done + 1, files.length);
  }
  return { written: files.length, excluded: 0, notes: [] };
}

async function filesOf(model: string | null): Promise<{ file: string; name: string }[]> {
  if (model === null)
    throw new Failure(
      'bad-request',
      'There is no fine-tuned network to export yet. Train one first: under Runs, or with toploss train --recipe finetune.',
    );
  try {
    return (await readdir(model)).map((name) => ({ file: path.join(model, name), name }));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new Failure(
      'not-found',
      `The fine-tuned network is no longer in ${model}. Your labels are safe; train again to export it.`,
      { cause: error },
    );
  }
}
