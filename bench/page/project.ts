// A data set of many images, drawn from few pictures, with the project that the app makes of it.
import { existsSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { encodeModel } from '../../main/math/graph.ts';
import { createRandom } from '../../main/math/random.ts';
import { measure } from '../cli/measured.ts';

export const toploss = fileURLToPath(new URL('../../main/cli/toploss.ts', import.meta.url));

const usualClasses = 100;
const pictures = 500;
const side = 64;
/** Images with the label of another class than their picture's. */
const wrongShare = 0.05;

const meanColours: Parameters<typeof encodeModel>[0] = {
  inputs: [{ name: 'pixels', type: 'float32', shape: ['n', 3, 32, 32] }],
  outputs: [{ name: 'features', type: 'float32', shape: ['n', 48] }],
  nodes: [
    {
      operator: 'AveragePool',
      inputs: ['pixels'],
      outputs: ['means'],
      attributes: { kernel_shape: [8, 8], strides: [8, 8] },
    },
    { operator: 'Flatten', inputs: ['means'], outputs: ['features'] },
  ],
};

/** The data set's folder. What `folder` has of it from before is used again, whatever its number of images. */
export async function rankedProject(folder: string, images: number, classes = usualClasses): Promise<string> {
  const dataset = join(folder, 'images');
  if (existsSync(dataset)) return dataset;
  mkdirSync(folder, { recursive: true });
  const backbone = join(folder, 'colours.onnx');
  writeFileSync(backbone, encodeModel(meanColours));
  await drawImages(dataset, join(folder, 'pool'), images, classes);
  console.error(`Ranking ${images.toLocaleString('en')} images …`);
  await measure(toploss, ['train', dataset, '--backbone', backbone]);
  return dataset;
}

async function drawImages(dataset: string, pool: string, images: number, classes: number): Promise<void> {
  const random = createRandom(1);
  mkdirSync(pool);
  for (let i = 0; i < pictures; i++) {
    const colour = Array.from({ length: 3 }, () => 40 + 160 * random());
    const pixels = Uint8Array.from(
      { length: side * side * 3 },
      (_, at) => (colour[at % 3] ?? 0) + 50 * random(),
    );
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg()
      .toFile(join(pool, `${i}.jpg`));
  }
  for (let k = 0; k < classes; k++) mkdirSync(join(dataset, `class ${k}`), { recursive: true });
  for (let i = 0; i < images; i++) {
    const picture = i % pictures;
    const label = random() < wrongShare ? Math.floor(random() * classes) : i % classes;
    linkSync(join(pool, `${picture}.jpg`), join(dataset, `class ${label}`, `${i}.jpg`));
  }
}
