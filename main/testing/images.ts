// Small data sets of real images: each class a colour, each image with noise of its own, the same every time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { createRandom } from '../math/random.ts';

export const imageSide = 16;

const colours = {
  rose: [200, 60, 80],
  tulip: [210, 180, 50],
  violet: [90, 60, 190],
} as const;

export type Flower = keyof typeof colours;
export const flowers: readonly Flower[] = ['rose', 'tulip', 'violet'];

/** The bytes of a PNG in the colours of a class. Other seeds give other pixels. */
export function drawFlower(flower: Flower, seed: number): Promise<Buffer> {
  const random = createRandom(seed);
  const colour = colours[flower];
  const pixels = Uint8Array.from({ length: imageSide ** 2 * 3 }, (_, i) =>
    Math.min(255, Math.max(0, (colour[i % 3] ?? 0) + 160 * (random() - 0.5))),
  );
  return sharp(pixels, { raw: { width: imageSide, height: imageSide, channels: 3 } })
    .png()
    .toBuffer();
}

/**
 * Writes `rose/0.png`, `tulip/0.png` …, so many of each class, into a folder.
 * @returns the paths, relative to it.
 */
export async function drawFlowers(
  root: string,
  perClass: number,
  classes: readonly Flower[] = flowers,
): Promise<string[]> {
  const paths: string[] = [];
  for (const [place, flower] of classes.entries()) {
    for (let i = 0; i < perClass; i++) {
      const path = `${flower}/${i}.png`;
      put(root, path, await drawFlower(flower, place * 10_000 + i + 1));
      paths.push(path);
    }
  }
  return paths;
}

/** Writes a file below a folder, and the folders above it. */
export function put(root: string, path: string, content: Uint8Array | string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
