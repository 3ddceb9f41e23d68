// Draws the sample data set: small illustrated landscapes of six classes, some of them with a wrong label on purpose,
// and the truth beside them. Renders SVG, so it cannot run where sharp's SVG loader is blocked.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { forEachParallel } from '../files/parallel.ts';
import { makeWhole, writeWhole } from '../files/whole.ts';
import { writeFailure } from '../files/writeFailure.ts';
import { type ClassName, objects } from './objects.ts';
import { type Random, createRandom } from './random.ts';
import { drawScene } from './scene.ts';
import { unfollowed, type Work } from '../work/work.ts';

export interface Sample {
  /** The folder to open as a data set: `<folder>/images`. */
  readonly dataset: string;
  /** `<folder>/truth.csv`: `path,label,truth`, paths relative to `images/`. */
  readonly truth: string;
}

const seed = 2029;
const imagesPerClass = 120;
/** One image in ten carries the label of another class. */
const wrongPerClass = 12;
const parallelDrawings = 4;

interface Picture {
  /** Relative to `images/`. */
  readonly path: string;
  readonly label: ClassName;
  readonly truth: ClassName;
  readonly seed: number;
}

/**
 * Draws 720 JPEGs of 192 × 160 pixels into `<folder>/images/<label>/<number>.jpg`, 72 of them in the folder of a wrong
 * class, and writes `<folder>/truth.csv`. The pictures are the same each time. Where `images` is there already,
 * nothing is drawn.
 *
 * It is drawn under a temporary name within `folder`, which is removed when cancelled. Throws a `Failure` `disk-full` or
 * `read-only`; on abort it throws the signal's reason.
 */
export async function drawSample(folder: string, { signal, progress }: Work = unfollowed()): Promise<Sample> {
  const sample = { dataset: path.join(folder, 'images'), truth: path.join(folder, 'truth.csv') };
  if (await isThere(sample.dataset)) return sample;
  const pictures = planPictures();
  try {
    await mkdir(folder, { recursive: true });
    // Where the images are, the sample is complete.
    await makeWhole(sample.dataset, async (images) => {
      for (const name of Object.keys(objects)) await mkdir(path.join(images, name), { recursive: true });
      let done = 0;
      await forEachParallel(
        pictures,
        parallelDrawings,
        async (picture) => {
          await writeFile(path.join(images, picture.path), await render(picture));
          done += 1;
          progress('draw', done, pictures.length);
        },
        signal,
      );
      const rows = pictures.map((picture) => `${picture.path},${picture.label},${picture.truth}\n`);
      writeWhole(sample.truth, 'path,label,truth\n', ...rows);
    });
  } catch (error) {
    // Another process may have finished the same drawing first.
    if (!(await isThere(sample.dataset))) throw writeFailure(error, sample.dataset);
  }
  return sample;
}

/** What is to be drawn: the truth of each picture, and the label that it gets. In the order of the paths. */
function planPictures(): Picture[] {
  const random = createRandom(seed);
  const names = Object.keys(objects).filter((name): name is ClassName => name in objects);
  const labelled = names.flatMap((truth) =>
    Array.from({ length: imagesPerClass }, (_, index) => ({
      truth,
      label: index < wrongPerClass ? otherThan(truth, names, random) : truth,
      seed: Math.floor(random.next() * 2 ** 32),
    })),
  );
  // Numbered in a random order, so that a number says nothing.
  const numbers = new Map<ClassName, number>();
  return random
    .shuffled(labelled)
    .map((picture) => {
      const number = (numbers.get(picture.label) ?? 0) + 1;
      numbers.set(picture.label, number);
      return { ...picture, path: `${picture.label}/${String(number).padStart(3, '0')}.jpg` };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function otherThan(truth: ClassName, names: readonly ClassName[], random: Random): ClassName {
  const [first = truth] = random.shuffled(names.filter((name) => name !== truth));
  return first;
}

async function render({ truth, seed: pictureSeed }: Picture): Promise<Buffer> {
  const random = createRandom(pictureSeed);
  const { data, info } = await sharp(Buffer.from(drawScene(truth, random)))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  // Film grain: as bright or dark in all three channels of a pixel.
  const grain = random.between(3, 14);
  for (let pixel = 0; pixel < data.length; pixel += 3) {
    const change = (random.next() + random.next() - 1) * grain;
    for (let channel = pixel; channel < pixel + 3; channel += 1)
      data[channel] = Math.max(0, Math.min(255, (data[channel] ?? 0) + change));
  }
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 88 }).toBuffer();
}

async function isThere(place: string): Promise<boolean> {
  return stat(place).then(
    () => true,
    () => false,
  );
}
