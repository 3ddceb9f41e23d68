// Files that are made to harm: what is decoded at all, and at what cost. All of it goes the way of the trainer's reader
// and of the page's pictures.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { Reader } from '../features/extraction/reader.ts';
import { png } from '../testing/bombs.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlower, put } from '../testing/images.ts';
import { spawnChild } from '../process/fork.ts';
import { decodeSquare, upright } from './decode.ts';
import goldenCmyk from './fixtures/cmyk.json' with { type: 'json' };
import { blockSide, drawCmyk } from './fixtures/drawCmyk.ts';
import { ImageService } from './service.ts';

/** What the reader says of files with these contents, by name. */
async function reasonsFor(files: Readonly<Record<string, Uint8Array | string>>) {
  const folder = temporaryFolder();
  const reader = new Reader();
  onTestFinished(() => reader.close());
  const reasons: Record<string, string | null> = {};
  for (const [name, content] of Object.entries(files)) {
    put(folder, name, content);
    reasons[name] = (await reader.read(join(folder, name), 32)).reason;
  }
  return reasons;
}

/** A page of one colour, as PNG. */
const page = (colour: string) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: colour } })
    .png()
    .toBuffer();

const halfTransparent = () =>
  sharp({ create: { width: 16, height: 16, channels: 4, background: { r: 80, g: 40, b: 0, alpha: 0.5 } } });

/** The upper or lower half of a picture of two quarters side by side. */
const rows = (left: readonly number[] = [], right: readonly number[] = []) =>
  Array.from({ length: 8 }, () => [
    ...Array<typeof left>(8).fill(left),
    ...Array<typeof left>(8).fill(right),
  ]).flat(2);

test('files that unfold to gigabytes are refused by their headers', { tags: 'pixel-bombs' }, async () => {
  expect(
    await reasonsFor({
      'plain.png': png(16_000, 16_000, { isWhole: false }),
      'interlaced.png': png(16_000, 16_000, { isInterlaced: true, isWhole: false }),
      'lie.png': png(100_000, 100_000, { isWhole: false }),
      // Below the limit of pixels, and 588 MB at once.
      'deep.png': png(9_900, 9_900, { bits: 16, isInterlaced: true, isWhole: false }),
      // A megabyte that would take 4.7 GB to scale.
      'line.png': png(10_000_000, 9, { isWhole: false }),
    }),
  ).toEqual({
    'plain.png': 'too large: more than 100 megapixels',
    'interlaced.png': 'too large: more than 100 megapixels',
    'lie.png': 'too large: more than 100 megapixels',
    'deep.png': 'too large: decoding it takes more than 240 MB',
    'line.png': 'too large: more than 65,535 pixels wide or high',
  });
});

test(
  'SVG, scripts of ImageMagick and other formats that are never ranked have no decoder',
  { tags: 'no-decoder' },
  async () => {
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
      '',
    );
    const reasons = await reasonsFor({
      'laughs.svg': `<!DOCTYPE svg [<!ENTITY l0 "ha">${laughs}]><svg xmlns="http://www.w3.org/2000/svg"><text>&l9;</text></svg>`,
      'file.svg':
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd" width="9" height="9"/></svg>',
      'web.svg':
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:9/x.png" width="9" height="9"/></svg>',
      'script.mvg':
        'push graphic-context\nviewbox 0 0 640 480\nfill url(https://127.0.0.1/x.jpg)\npop graphic-context',
      'page.pdf': '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj',
      'sky.hdr': '#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\0\0\0\0',
    });
    for (const [name, reason] of Object.entries(reasons)) {
      expect(reason, name).toBe('damaged: no decoder recognises its content');
    }
  },
);

test('content decides, not the name; what is empty or text is no picture', async () => {
  const png = await drawFlower('rose', 1);
  const jpeg = await sharp(png).jpeg().toBuffer();
  expect(
    await reasonsFor({
      'jpeg.png': jpeg,
      'png.jpg': png,
      'half.jpg': jpeg.subarray(0, jpeg.length / 2),
      'text.jpg': 'dear diary',
      'empty.jpg': '',
    }),
  ).toEqual({
    'jpeg.png': null,
    'png.jpg': null,
    'half.jpg': expect.stringMatching(/^damaged: /),
    'text.jpg': 'damaged: no decoder recognises its content',
    'empty.jpg': expect.stringMatching(/^damaged: /),
  });
});

test('a pipe, a folder or nothing where an image was is named, and nobody waits for it', async () => {
  const folder = temporaryFolder();
  const reader = new Reader();
  onTestFinished(() => reader.close());
  execFileSync('mkfifo', [join(folder, 'pipe.jpg')]);
  const reason = async (name: string) => (await reader.read(join(folder, name), 32)).reason;
  expect(await reason('pipe.jpg')).toBe('cannot be read: it is no regular file');
  expect(await reason('.')).toBe('cannot be read: it is no regular file');
  expect(await reason('gone.jpg')).toBe('there is no such file');
});

test(
  'of an animation or a file of several pages the first picture is taken',
  { tags: 'first-picture' },
  async () => {
    const pages = [await page('#c81e3c'), await page('#1e3cc8')];
    const joined = () => sharp(pages, { join: { animated: true } });
    for (const bytes of [
      await joined().gif().toBuffer(),
      await joined().webp({ lossless: true }).toBuffer(),
      await joined().tiff().toBuffer(),
    ]) {
      const { pixels, width, height } = await decodeSquare(bytes, 8);
      expect([width, height]).toEqual([8, 8]);
      [0xc8, 0x1e, 0x3c].forEach((value, i) => expect(Math.abs((pixels[i] ?? 0) - value)).toBeLessThan(3));
    }
  },
);

test(
  'pixels are the same for the page and for training, whatever the kind of image',
  { tags: 'colours' },
  async () => {
    const [red, green, blue] = [180, 120, 90] as const;
    const flat = () =>
      sharp({ create: { width: 16, height: 16, channels: 3, background: { r: red, g: green, b: blue } } });
    const grey = () => flat().toColourspace('b-w');
    const luma = 134;
    const kinds: [string, Buffer, readonly number[], number][] = [
      // There and back through the profile of a press, which is not exact.
      ['CMYK', await flat().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), [red, green, blue], 10],
      ['16 bits', await flat().toColourspace('rgb16').png().toBuffer(), [red, green, blue], 1],
      ['palette', await flat().png({ palette: true }).toBuffer(), [red, green, blue], 1],
      ['ICC', await flat().withIccProfile('p3').png().toBuffer(), [red, green, blue], 2],
      ['grey', await grey().png().toBuffer(), [luma, luma, luma], 12],
      // Half of it, on white: 255 − (255 − v) / 2.
      ['alpha', await halfTransparent().png().toBuffer(), [167, 147, 127], 2],
    ];
    for (const [kind, bytes, expected, delta] of kinds) {
      const { pixels } = await decodeSquare(bytes, 16);
      const shown = await sharp(await upright(bytes).png().toBuffer())
        .raw()
        .toBuffer();
      expect(Buffer.compare(Buffer.from(pixels), shown), kind).toBe(0);
      expected.forEach((value, i) =>
        expect(Math.abs((pixels[i] ?? 0) - value), kind).toBeLessThanOrEqual(delta),
      );
    }
  },
);

test(
  'colours are those that the profile means, in the page and in training: CMYK by Little CMS, Display P3 by its definition',
  { tags: 'colours' },
  async () => {
    const p3 = await sharp(Uint8Array.from([180, 120, 90, 30, 160, 70, 40, 60, 200, 128, 128, 128]), {
      raw: { width: 4, height: 1, channels: 3 },
    })
      .resize(4 * blockSide, blockSide, { kernel: 'nearest', fit: 'fill' })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const stored = blocksOf(await sharp(p3, { ignoreIcc: true }).raw().toBuffer(), 4);
    const goldenP3 = stored.map(fromP3);
    // Without the profile the green would be quite another one.
    expect(Math.abs((goldenP3[1]?.[0] ?? 0) - (stored[1]?.[0] ?? 0))).toBeGreaterThan(20);

    const folder = temporaryFolder();
    const reader = new Reader();
    onTestFinished(() => reader.close());
    const service = new ImageService(spawnChild);
    onTestFinished(() => service.close());
    for (const [name, bytes, golden] of [
      ['cmyk.jpg', await drawCmyk(), goldenCmyk],
      ['p3.png', p3, goldenP3],
    ] as const) {
      put(folder, name, bytes);
      const shown = sharp((await service.full(join(folder, name))).bytes);
      const { pixels } = await reader.read(join(folder, name), blockSide);
      // The square that is trained on has half of the second block, and half of the third.
      for (const [found, expected] of [
        [blocksOf(await shown.raw().toBuffer(), 4), golden],
        [blocksOf(pixels ?? new Uint8Array(), 2), golden.slice(1, 3)],
      ])
        expected?.flat().forEach((value, i) => {
          expect(Math.abs((found?.flat()[i] ?? NaN) - value), name).toBeLessThan(2);
        });
    }
  },
);

/** The colour in the middle of each of some blocks, which lie side by side in a picture of 16 rows. */
function blocksOf(pixels: Uint8Array, count: number): number[][] {
  const width = pixels.length / 3 / blockSide;
  return Array.from({ length: count }, (_, block) => {
    const x = Math.floor(((block + 0.5) * width) / count);
    const start = ((blockSide / 2) * width + x) * 3;
    return [...pixels.subarray(start, start + 3)];
  });
}

/** Display P3 to sRGB, both of 0–255: one curve, and the primaries' matrix (CSS Color 4). */
function fromP3(values: readonly number[]): number[] {
  const linear = values.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  const matrix = [
    [1.2249402, -0.2249402, 0],
    [-0.0420569, 1.0420569, 0],
    [-0.0196376, -0.0786361, 1.0982736],
  ];
  return matrix.map((row) => {
    const light = row.reduce((sum, factor, i) => sum + factor * (linear[i] ?? 0), 0);
    return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
  });
}

test('a picture is upright in each of the eight orientations of EXIF', { tags: 'orientation' }, async () => {
  // Red, green, blue and white by quarter, clockwise from the upper left; here stored as each orientation stores them.
  const quarters = { r: [200, 30, 30], g: [30, 200, 30], b: [30, 30, 200], w: [230, 230, 230] } as const;
  // Upper left, upper right, lower right, lower left of the stored picture.
  const stored = ['rgbw', 'grwb', 'bwrg', 'wbgr', 'rwbg', 'gbwr', 'bgrw', 'wrgb'];
  for (const [i, corners] of stored.entries()) {
    const [a, b, c, d] = [...corners].map((corner) => quarters[corner as keyof typeof quarters]);
    const bytes = await sharp(Uint8Array.from([...rows(a, b), ...rows(d, c)]), {
      raw: { width: 16, height: 16, channels: 3 },
    })
      .withExif({})
      .withMetadata({ orientation: i + 1 })
      .png()
      .toBuffer();
    const { pixels } = await decodeSquare(bytes, 16);
    const at = (x: number, y: number) => [...pixels.subarray((y * 16 + x) * 3, (y * 16 + x) * 3 + 3)];
    expect([at(3, 3), at(12, 3), at(12, 12), at(3, 12)], `orientation ${i + 1}`).toEqual(
      Object.values(quarters),
    );
  }
});
