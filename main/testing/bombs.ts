// Small files that unfold to as much as a decoder can be made to take, and a little more: for the tests of memory.
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** Just below the limit of pixels. */
const side = 9_900;

const flat = (width: number) =>
  sharp({ create: { width, height: width, channels: 3, background: '#8040c0' } });

const speckled = () =>
  sharp(speckles, { raw: { width: 240, height: 240, channels: 3 } }).resize(side, side, {
    kernel: 'nearest',
    fit: 'fill',
  });

/** What a decoder takes does not depend on what is in the picture; what an encoder makes of it does. */
const bombs = {
  'rotated.jpg': () => speckled().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'progressive.jpg': () =>
    flat(8_200).withMetadata({ orientation: 8 }).jpeg({ progressive: true }).toBuffer(),
  'large.avif': () => flat(4_000).avif({ effort: 0 }).toBuffer(),
  'middling.avif': () => flat(2_800).avif({ effort: 0 }).toBuffer(),
  'flat.webp': () => flatWebp,
  'plain.png': () => png(side, side, {}),
  'interlaced.png': () => png(side, side, { isInterlaced: true, isWhole: false }),
  'deep.png': () => png(side, side, { bits: 16 }),
  'deep and interlaced.png': () => png(side, side, { bits: 16, isInterlaced: true, isWhole: false }),
  'line.png': () => png(10_000_000, 9, { isWhole: false }),
  'column.png': () => png(9, 10_000_000, { isWhole: false }),
  'huge.png': () => png(100_000, 100_000, { isWhole: false }),
  'strip.tif': () => tiff(side, side),
  'flat.gif': () => gif(side, side),
  'smaller.gif': () => gif(7_000, 7_000),
  'huge.gif': () => gif(65_535, 65_535),
} satisfies Record<string, () => Uint8Array | Promise<Uint8Array>>;

export type BombName = keyof typeof bombs;

/** All of them unless some are named. */
export async function drawBombs(
  names = Object.keys(bombs) as readonly BombName[],
): Promise<Record<string, Uint8Array>> {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await bombs[name]()] as const)),
  );
}

const speckles = Uint8Array.from({ length: 240 * 240 * 3 }, (_, i) => (i * i * 7919 + i * 104_729) % 251);

/** 9,900 × 9,900 transparent pixels of one colour, without loss. */
const flatWebp = Buffer.from(
  '524946461e000000574542505650384c110000002fabe6aa190750a00216b8808188e87f0000',
  'hex',
);

const chunk = (kind: string, data: Uint8Array) => {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
};

/** A PNG of zeros in red, green and blue. One that is not whole has the first megabyte: enough where it is refused by its header. */
export function png(
  width: number,
  height: number,
  {
    bits = 8,
    isInterlaced = false,
    isWhole = true,
  }: { bits?: 8 | 16; isInterlaced?: boolean; isWhole?: boolean },
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, 2, 0, 0, Number(isInterlaced)], 8);
  const bytes = isWhole ? (width * 3 * (bits / 8) + 1) * height : 1e6;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(bytes), { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A TIFF of one strip, deflated: its decoder has all of it at once. */
function tiff(width: number, height: number): Uint8Array {
  const strip = deflateSync(Buffer.alloc(width * height * 3), { level: 1 });
  const entries: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, 3, 8 + strip.length],
    [259, 3, 1, 8],
    [262, 3, 1, 2],
    [273, 4, 1, 8],
    [277, 3, 1, 3],
    [278, 4, 1, height],
    [279, 4, 1, strip.length],
  ];
  const head = Buffer.alloc(8);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8 + strip.length + 6, 4);
  const directory = Buffer.alloc(6 + 2 + entries.length * 12 + 4);
  for (let i = 0; i < 3; i++) directory.writeUInt16LE(8, 2 * i);
  directory.writeUInt16LE(entries.length, 6);
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = 8 + 12 * i;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    directory.writeUInt32LE(value, at + 8);
  }
  return Buffer.concat([head, strip, directory]);
}

/** A GIF of one picture of zeros that covers its screen. */
function gif(width: number, height: number): Uint8Array {
  const head = Buffer.alloc(13);
  head.write('GIF89a', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  head[10] = 0x80;
  const colours = Buffer.from([10, 20, 30, 200, 180, 160]);
  const picture = Buffer.alloc(10);
  picture[0] = 0x2c;
  picture.writeUInt16LE(width, 5);
  picture.writeUInt16LE(height, 7);
  return Buffer.concat([head, colours, picture, lzwZeros(width * height)]);
}

/** So many zeros: after a clear the codes are the growing runs of zeros, until the table is full. */
function lzwZeros(count: number): Uint8Array {
  const [clear, end] = [4, 5];
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  const put = (code: number, width: number) => {
    held += code * 2 ** bits;
    for (bits += width; bits >= 8; bits -= 8) {
      bytes.push(held % 256);
      held = Math.floor(held / 256);
    }
  };
  let left = Math.min(count, 100e6);
  while (left > 0) {
    put(clear, 3);
    let width = 3;
    for (let [next, run] = [5, 1]; left > 0 && next < 4_095; next++, run++) {
      put(run === 1 ? 0 : next, width);
      left -= run;
      if (next + 1 === 2 ** width && width < 12) width += 1;
    }
  }
  put(end, 12);
  if (bits > 0) bytes.push(held);
  const blocks: Uint8Array[] = [Uint8Array.of(2)];
  for (let i = 0; i < bytes.length; i += 255) {
    const part = bytes.slice(i, i + 255);
    blocks.push(Uint8Array.of(part.length, ...part));
  }
  return Buffer.concat([...blocks, Uint8Array.of(0, 0x3b)]);
}
