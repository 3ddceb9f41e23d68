// The most memory that `toploss rank` has at once, by the number of images: it may grow by what the features take, and
// not more. The images are small and the model is next to nothing, so that 50,000 of them take minutes. Prints one
// JSON object.
//   npm run bench -- memory
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { encodeModel } from '../main/math/graph.ts';
import { createRandom } from '../main/math/random.ts';
import { measure } from './cli/measured.ts';

const sizes = [5_000, 50_000] as const;
const features = 1024;
const classes = 10;
const side = 8;
const pictures = 500;

const toploss = fileURLToPath(new URL('../main/cli/toploss.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'toploss-bench-'));
try {
  const backbone = join(folder, 'model.onnx');
  writeFileSync(backbone, drawModel());
  const [few, many] = [await rank(sizes[0], backbone), await rank(sizes[1], backbone)];
  const megabytes = (many.peakMegabytes ?? Number.NaN) - (few.peakMegabytes ?? Number.NaN);
  const limitMegabytes = (4 * features * (sizes[1] - sizes[0])) / 1e6;
  const growth = { megabytes, limitMegabytes, ratioToLimit: megabytes / limitMegabytes };
  console.log(JSON.stringify({ bench: 'memory', features, classes, results: [few, many], growth }, null, 2));
} finally {
  rmSync(folder, { recursive: true });
}

async function rank(images: number, backbone: string) {
  const dataset = join(folder, `${images}`);
  await drawImages(dataset, images);
  const { seconds, peakMegabytes, output } = await measure(toploss, [
    'rank',
    dataset,
    '--backbone',
    backbone,
    '--json',
  ]);
  const ranked = output.split('\n').length - 1;
  if (ranked !== images) throw new Error(`${ranked} of ${images} images were ranked`);
  rmSync(dataset, { recursive: true });
  return { images, seconds, peakMegabytes };
}

/** Few pictures, many files: what follows the end of a JPEG makes each another content. */
async function drawImages(dataset: string, count: number): Promise<void> {
  const random = createRandom(1);
  const drawn: Buffer[] = [];
  for (let i = 0; i < pictures; i++) {
    const shade = (i % classes) * 20;
    const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, () => shade + 60 * random());
    drawn.push(
      await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
        .jpeg()
        .toBuffer(),
    );
  }
  for (let k = 0; k < classes; k++) mkdirSync(join(dataset, `class ${k}`), { recursive: true });
  for (let i = 0; i < count; i++) {
    const bytes = Buffer.concat([drawn[i % pictures] ?? Buffer.alloc(0), Buffer.from(`${i}`)]);
    writeFileSync(join(dataset, `class ${i % classes}`, `${i}.jpg`), bytes);
  }
}

/** One convolution over the whole picture. */
function drawModel(): Uint8Array {
  const random = createRandom(2);
  const weights = Float32Array.from({ length: features * 3 * side ** 2 }, () => random() - 0.5);
  return encodeModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['n', 3, side, side] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['n', features] }],
    nodes: [
      { operator: 'Conv', inputs: ['x', 'weights'], outputs: ['maps'] },
      { operator: 'Relu', inputs: ['maps'], outputs: ['active'] },
      { operator: 'Flatten', inputs: ['active'], outputs: ['y'] },
    ],
    initializers: [{ name: 'weights', data: weights, shape: [features, 3, side, side] }],
  });
}
