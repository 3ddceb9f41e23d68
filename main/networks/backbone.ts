// A network as a backbone, on the engine: a ResNet's weights, a TensorFlow.js layers model, or a network that Toploss
// fine-tuned. Beware of the latter: it has seen the labels of the images that it was trained on, so a ranking of those
// on its features flatters them; the fine-tuning's own ranking is out-of-fold.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { engineNames } from '../../shared/training.ts';
import { openEngine } from './engine/engine.ts';
import { tf } from './engine/tf.ts';
import { readDescription } from './network/export.ts';
import { inputSide } from './network/network.ts';
import { openNetwork } from './network/open.ts';
import { badBackbone } from '../features/backbone/bad.ts';
import { layersModelFile } from '../features/backbone/kind.ts';
import { batchSizeFor, sideFor, type Backbone, type BackboneFile } from '../features/backbone/onnx.ts';

/**
 * Loads what `openNetwork` takes as a backbone: the means of its last maps.
 * @throws Failure `bad-backbone`, naming the file and what is wrong with it; `bad-request` and `no-engine`.
 */
export async function loadNetworkBackbone({
  path,
  name,
  engine: wanted,
  side,
  imageSide,
}: BackboneFile): Promise<Backbone> {
  const engineName = wanted === null ? null : engineNames.find((known) => known === wanted);
  if (engineName === undefined) {
    throw new Failure(
      'bad-request',
      `The engine ${wanted} can't compute ${path}. Choose one of: ${engineNames.join(', ')}.`,
    );
  }
  const engine = await openEngine(engineName);
  // Only the body counts: the head that comes with a network is not asked.
  const network = await openNetwork({ network: path, classes: 1, seed: 0 });
  const model = layersModelFile(path);
  const trained = model ? readDescription(dirname(model))?.side : null;
  const pixelSide = inputSide(network, side ?? trained ?? sideFor(imageSide));
  const embed = async (images: readonly Uint8Array[]): Promise<Float32Array> => {
    const vectors = tf.tidy(() => {
      const pixels = new Float32Array(images.length * 3 * pixelSide ** 2);
      images.forEach((image, i) => pixels.set(image, i * image.length));
      return network.embed(tf.tensor4d(pixels, [images.length, pixelSide, pixelSide, 3]));
    });
    try {
      return await vectors.data<'float32'>();
    } finally {
      vectors.dispose();
    }
  };
  try {
    const probe = await embed([new Uint8Array(3 * pixelSide ** 2)]);
    return {
      id: await identify(path, JSON.stringify({ inputSide: pixelSide, ...network.preprocessing })),
      name: name ?? network.name,
      engine: engine.device,
      side: pixelSide,
      features: probe.length,
      batchSize: batchSizeFor(pixelSide),
      embed,
      release: () => {
        network.dispose();
        return Promise.resolve();
      },
    };
  } catch (error) {
    network.dispose();
    throw error instanceof Failure
      ? error
      : badBackbone(path, error instanceof Error ? error.message : String(error));
  }
}

/** Of all files that make up the model, and of what is done to the pixels. */
async function identify(path: string, preparation: string): Promise<string> {
  const hash = createHash('sha256').update(preparation).update('cover linear 1, signed root');
  const model = layersModelFile(path);
  const beside = model ? (await readdir(dirname(model))).toSorted() : [];
  const files = model ? beside.filter((name) => /\.(json|bin)$/.test(name)) : [basename(path)];
  for (const file of files) hash.update(readFileSync(join(dirname(model ?? path), file)));
  return hash.digest('hex').slice(0, 16);
}
