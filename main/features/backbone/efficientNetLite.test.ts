// What EfficientNet-Lite computes here, against PyTorch: fixtures/efficientnet_lite.py made the numbers.
import { expect, test } from 'vitest';
import { failureOf } from '../../testing/failure.ts';
import { efficientNetLite, liteNames } from './efficientNetLite.ts';
import expected from './fixtures/efficientnet-lite.json' with { type: 'json' };
import { largeSide } from './kind.ts';
import { loadOnnxBackbone } from './onnx.ts';
import { findLite } from './pretrained.ts';

const ofHead = 1280;

for (const name of liteNames) {
  const path = findLite(name);
  const title = `features of ${name} are those of PyTorch`;
  if (path === null) test.skip(`${title}: it is not here, fetch it with: toploss backbones get ${name}`);
  else {
    test.each(expected.sides.map((side, image) => ({ side, image })))(
      `${title}: image $image, $side px`,
      async ({ side, image }) => {
        const backbone = await loadOnnxBackbone({ path, engine: 'cpu', side, imageSide: side });
        const features = await backbone.embed([draw(image, side)]).finally(() => backbone.release());
        const all = features.length + (side < largeSide ? ofHead : 0);
        const there = expected.features[name][image] ?? [];
        expect(Math.ceil(all / expected.step)).toBe(there.length);
        const errors = there
          .slice(0, Math.ceil(features.length / expected.step))
          .map((value, i) => Math.abs(value - (features[i * expected.step] ?? NaN)));
        expect(Math.max(...errors)).toBeLessThan(1e-4);
      },
    );
  }
}

test('weights of another network are refused by name', async () => {
  const { code, message } = await failureOf(() =>
    efficientNetLite(new Map(), { name: 'efficientnet-lite2', withHead: false, file: 'other.pth' }),
  );
  expect(code).toBe('bad-backbone');
  expect(message).toContain('efficientnet-lite2 needs _conv_stem.weight');
});

/** The same image as in fixtures/efficientnet_lite.py. */
function draw(k: number, side: number): Uint8Array {
  const bytes = new Uint8Array(side * side * 3);
  let at = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++) {
        const edges = ((x >> 3) ^ (y >> 3)) * 29 * (c + 1);
        bytes[at++] = x * (k + 3) + y * (2 * c + 5) + ((x * y) >> 3) * (k + c + 1) + edges;
      }
    }
  }
  return bytes;
}
