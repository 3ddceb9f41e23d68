// From what a person names to a backbone: a path, a known model, or `patches`; and the one where nobody named any.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, resolve } from 'node:path';
import { Failure } from '../../../shared/failure.ts';
import { liteNames, type LiteName } from './efficientNetLite.ts';
import type { Work } from '../../work/work.ts';
import { hubModels, fetchHubModel } from './hub.ts';
import { fetchLite, findLite } from './pretrained.ts';

/** An ONNX model, or null for patch features that are learned from the data set. */
export type BackboneChoice = { readonly path: string; readonly name: string } | null;

/** Of a project that has none yet. The variable is for machines that are to fetch nothing, and for tests. */
export const defaultBackbone = (): string => process.env['TOPLOSS_BACKBONE'] ?? 'efficientnet-lite2';

/**
 * The model that a name stands for; undefined where nothing was named. One that is not in the user's cache yet is fetched:
 * naming it is asking for it.
 * @throws Failure `bad-request` for a name that is not known, and what fetching fails with
 */
export async function chooseBackbone(
  name: string | undefined,
  work: Work,
): Promise<BackboneChoice | undefined> {
  if (name === undefined) return undefined;
  if (name === 'patches') return null;
  const path = resolve(name.replace(/^~(?=$|[\\/])/, homedir()));
  // A file of that name comes first: it is what the person has at hand.
  if (!existsSync(path)) {
    if (isLite(name)) return { path: await fetchLite(name, { work }), name };
    if (name in hubModels) return { path: await fetchHubModel(name, { work }), name };
    if (!/[\\/.]/.test(name)) {
      throw new Failure(
        'bad-request',
        `There is no backbone called ${name}. Choose one of: ${backboneNames.join(', ')}; or name a file or a folder.`,
      );
    }
  }
  return { path, name: basename(path).replace(/\.onnx$/, '') };
}

/** A backbone that was used before, fetched again where it was a known model and is not in the cache any more. */
export async function sameBackbone(choice: BackboneChoice, work: Work): Promise<BackboneChoice> {
  if (choice === null || existsSync(choice.path) || !backboneNames.includes(choice.name)) return choice;
  return (await chooseBackbone(choice.name, work)) ?? null;
}

const isLite = (name: string): name is LiteName => liteNames.some((known) => known === name);
/** The strongest first. */
export const backboneNames: readonly string[] = [
  ...liteNames.toReversed(),
  ...Object.keys(hubModels),
  'patches',
];

/**
 * The default, for a project that has no backbone yet: fetched where it is not here; patches where it can't be had.
 * @returns `note`: that it was fetched, or why it was not
 */
export async function firstBackbone(work: Work): Promise<{ backbone: BackboneChoice; note: string | null }> {
  const name = defaultBackbone();
  const isNew = isLite(name) && findLite(name) === null;
  try {
    const backbone = (await chooseBackbone(name, work)) ?? null;
    const note = `The images are compared by ${name}, which was fetched once, under Apache-2.0, into ${backbone?.path}.`;
    return { backbone, note: isNew ? note : null };
  } catch (error) {
    work.signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    return {
      backbone: null,
      note: `Ranked without pretrained weights, which finds far fewer errors: ${error.message}`,
    };
  }
}
