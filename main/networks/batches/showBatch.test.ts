import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { drawFlowers, imageSide, put } from '../../testing/images.ts';
import type { Finding } from '../../features/extraction/images.ts';
import { openEngine } from '../engine/engine.ts';
import { tf } from '../engine/tf.ts';
import { augment } from './augment.ts';
import { drawAugmentation, limitsFor } from './augmentation.ts';
import { showBatch } from './showBatch.ts';
import { unfollowed } from '../../work/work.ts';

const gap = 16;
const labelHeight = 26;
const enlarged = 160;

/** A set with one damaged file, all of it shown. */
async function show(labelOf: (path: string) => string) {
  const root = join(temporaryFolder(), 'flowers');
  const paths = await drawFlowers(root, 1);
  put(root, 'rose/damaged.png', readFileSync(join(root, 'rose/0.png')).subarray(0, 300));
  const images = ['rose/damaged.png', ...paths].map((path) => ({ path, hash: null, label: labelOf(path) }));
  const findings: Finding[] = [];
  const request = {
    root,
    cacheFolder: join(root, '..', 'cache'),
    images,
    side: imageSide,
    count: 10,
    seed: 1,
    epoch: 2,
  };
  const { sheet, shown } = await showBatch(request, {
    ...unfollowed(),
    found: (found) => findings.push(...found.findings),
  });
  if (!sheet) throw new Error('there are images');
  const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  return { root, images, findings, shown, info, pixel };
}

test('the sheet has what the network sees, and the damaged file is named', async () => {
  const { root, images, findings, shown, info, pixel } = await show((path) => path.split('/')[0] ?? '');
  expect(shown).toBe(3);
  expect(info).toMatchObject({
    width: gap + 3 * (enlarged + gap),
    height: gap + enlarged + labelHeight + gap,
  });
  const damaged = findings.filter(({ reason }) => reason !== null);
  expect(damaged.map(({ image }) => images[image]?.path)).toEqual(['rose/damaged.png']);

  await openEngine('wasm');
  const expected: string[] = [];
  for (const image of [1, 2, 3]) {
    const bytes = await sharp(readFileSync(join(root, images[image]?.path ?? '')))
      .removeAlpha()
      .raw()
      .toBuffer();
    const square = tf.tensor4d(Float32Array.from(bytes), [1, imageSide, imageSide, 3]);
    const seen = augment(square, [drawAugmentation(limitsFor(imageSide), 1, 2, image)], imageSide);
    expected.push(Array.from(await seen.data(), Math.round).join());
    square.dispose();
    seen.dispose();
  }
  const pixels = [0, 1, 2].map((column) =>
    Array.from({ length: imageSide ** 2 }, (_, i) =>
      pixel(
        gap + column * (enlarged + gap) + (i % imageSide) * 10 + 5,
        gap + labelHeight + Math.floor(i / imageSide) * 10 + 5,
      ),
    )
      .flat()
      .join(),
  );
  expect(pixels.toSorted()).toEqual(expected.toSorted());
});

test('labels are drawn over their images, also long ones and those that look like markup', async () => {
  const labels = ['<b>rose & co', 'a name that is much too long to be written over one image', 'x'];
  const { pixel } = await show(
    (path) => labels[['rose', 'tulip', 'violet'].indexOf(path.split('/')[0] ?? '')] ?? '',
  );
  const background = pixel(0, 0).join();
  const inkIn = (left: number, width: number) => {
    let ink = 0;
    for (let x = left; x < left + width; x++) {
      for (let y = gap; y < gap + labelHeight; y++) if (pixel(x, y).join() !== background) ink += 1;
    }
    return ink;
  };
  const inks = [0, 1, 2].map((column) => inkIn(gap + column * (enlarged + gap), enlarged));
  expect(Math.min(...inks)).toBeGreaterThan(5);
  expect(Math.max(...inks)).toBeGreaterThan(300);
  // Nothing reaches into the gaps between the images.
  for (const column of [1, 2, 3]) expect(inkIn(column * (enlarged + gap) + 4, gap - 6)).toBe(0);
});
