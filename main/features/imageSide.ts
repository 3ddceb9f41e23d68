// How large the images of a data set are, from a sample: inputs are not scaled far beyond what the files have.
import { join } from 'node:path';
import { readWhole } from '../files/open.ts';
import { sizeOf, upright, type Size } from '../images/decode.ts';

/** Enough images to know the size of all. */
const sizeSample = 64;

/** Median of the shorter sides of some of the images, from their headers. */
export async function medianSide({
  root,
  images,
}: {
  readonly root: string;
  readonly images: readonly { readonly path: string }[];
}): Promise<number> {
  const sides: number[] = [];
  for (const { path } of evenly(images, sizeSample)) {
    const size = await headerSize(join(root, path));
    if (size) sides.push(Math.min(size.width, size.height));
  }
  return sides.toSorted((a, b) => a - b)[Math.floor(sides.length / 2)] ?? 0;
}

/** Null where the file can't be read or is no picture: the extraction names it with its reason. */
async function headerSize(file: string): Promise<Size | null> {
  try {
    return sizeOf(await upright(await readWhole(file)).metadata());
  } catch {
    return null;
  }
}

/** At most `count` items, evenly spread. */
export function evenly<T>(items: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, items.length / count);
  return items.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
}
