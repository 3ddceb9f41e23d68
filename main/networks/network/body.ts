// Any TensorFlow.js layers model as a body: cut before its last pooling, with a fresh head in place of its classifier,
// as fastai cuts models that it has no entry for.
import { dirname } from 'node:path';
import { badBackbone } from '../../features/backbone/bad.ts';
import { readPreprocessing } from '../../features/backbone/preprocessing.ts';
import { layers } from '../engine/tf.ts';
import { createRandom } from '../../math/random.ts';
import { readDescription } from './export.ts';
import { heads, isHead, type HeadKind } from './head.ts';
import { initialiseKernels } from './initial.ts';
import { readLayersModel } from './layersFile.ts';
import { assembleNetwork, type Network } from './network.ts';
import { inOrder } from './trainingPass.ts';
import { variableOf } from './variables.ts';

/** @param file a model.json. @throws Failure `bad-backbone` */
export async function networkOnBody(
  file: string,
  { name, classes, seed, head }: { name: string; classes: number; seed: number; head: HeadKind },
): Promise<Network> {
  const loaded = await readLayersModel(file);
  const { input, maps } = bodyOf(loaded, file);
  const { logits, features } = heads[head](maps, classes);
  const model = layers.model({ inputs: input, outputs: logits });
  // A model may have been saved with layers frozen; freezing is the recipe's here.
  for (const layer of model.layers) layer.trainable = true;
  const first = firstHalf(maps);
  const network = assembleNetwork({
    name,
    side: input.shape[1] ?? readDescription(dirname(file))?.side ?? 224,
    sideIsFixed: typeof input.shape[1] === 'number',
    preprocessing: readPreprocessing(dirname(file)),
    model,
    features,
    groupOf: (layer) => (isHead(layer) ? 2 : first.has(layer) ? 0 : 1),
  });
  const fresh = [...network.weights].filter(([weight]) => isHead(weight));
  initialiseKernels(fresh, createRandom(seed));
  disposeOthers(loaded, network);
  return network;
}

/** From an image to the last maps. @throws Failure `bad-backbone` where the model is not one of images. */
export function bodyOf(
  model: layers.LayersModel,
  file: string,
): { input: layers.SymbolicTensor; maps: layers.SymbolicTensor } {
  const [input, ...moreInputs] = model.inputs;
  const [output] = model.outputs;
  if (!input || !output || moreInputs.length > 0 || input.rank !== 4 || input.shape[3] !== 3) {
    throw badBackbone(file, 'an image model has one input [batch, height, width, 3]');
  }
  if (input.shape[1] !== input.shape[2]) {
    throw badBackbone(file, `its input is ${input.shape[1]} × ${input.shape[2]}; Toploss needs a square one`);
  }
  const order = inOrder(output);
  const pooling = order.findLast(({ sourceLayer }) => /^Global.*Pooling2D$/.test(sourceLayer.getClassName()));
  const [maps] = pooling ? pooling.inputs : [order.findLast(({ rank }) => rank === 4)];
  if (!maps?.shape[3] || maps === input) throw badBackbone(file, 'it has no maps that could be pooled');
  return { input, maps };
}

/** The layers with weights of the first half, by depth. */
function firstHalf(maps: layers.SymbolicTensor): ReadonlySet<string> {
  const weighted = inOrder(maps).flatMap(({ sourceLayer }) =>
    sourceLayer.weights.length > 0 ? [sourceLayer.name] : [],
  );
  return new Set(weighted.slice(0, Math.floor(weighted.length / 2)));
}

/** The weights of what was cut off; the new head's may have the same names. */
function disposeOthers(loaded: layers.LayersModel, network: Network): void {
  const kept = new Set(network.weights.values());
  for (const weight of loaded.weights) if (!kept.has(variableOf(weight))) weight.dispose();
}
