import { expect, test } from 'vitest';
import { writeTinyBackbone } from '../../testing/backbone.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { imageSide } from '../../testing/images.ts';
import { withMirror } from './mirror.ts';
import { loadOnnxBackbone } from './onnx.ts';

test('features with the mirror view are the mean of both, and are not mixed with those of one view', async () => {
  const { path } = writeTinyBackbone(temporaryFolder());
  const single = await loadOnnxBackbone({ path, engine: 'cpu', side: imageSide, imageSide });
  const { side } = single;
  const image = Uint8Array.from({ length: side ** 2 * 3 }, (_, i) => (i * i) % 251);
  const turned = Uint8Array.from(image, (_, i) => {
    const pixel = Math.floor(i / 3);
    return image[3 * (pixel - (pixel % side) + side - 1 - (pixel % side)) + (i % 3)] ?? 0;
  });
  const both = withMirror(single);
  expect(both.id).not.toBe(single.id);
  const [plain, mirrored] = [await single.embed([image]), await single.embed([turned])];
  expect(plain).not.toEqual(mirrored);
  expect([...(await both.embed([image]))]).toEqual(
    [...plain].map((value, i) => Math.fround((value + (mirrored[i] ?? 0)) / 2)),
  );
  expect(await both.embed([turned])).toEqual(await both.embed([image]));
  await both.release();
});
