// From the bytes of an image file to pixels: the same pixels for the page, for training and for the command line.
// Runs only in processes that may die: a decoder is the part of the app that hostile files reach.
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { readWhole } from '../files/open.ts';
import { Room } from '../process/room.ts';
import { inTurn } from '../process/turns.ts';

// Only the formats that Toploss ranks are ever parsed.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadTiff',
    'VipsForeignLoadHeif',
  ],
});
// Each image decodes on one thread: several at a time use the cores better than several threads on one.
sharp.concurrency(1);
sharp.cache(false);

/** More pixels than this are refused before they are decoded: a small file can unfold to gigabytes. */
export const pixelLimit = 100_000_000;
/** Pixels. A few rows that are longer take gigabytes to scale; JPEG and GIF cannot have them. */
const sideLimit = 65_535;

/** Bytes that a picture may take while it is decoded. */
export const memoryLimit = 240e6;
/**
 * Bytes that pictures may take in each process, all of them together. One that takes more is decoded alone in its
 * process, and no such one in another process of the app at the same time.
 */
const modest = 60e6;
const memory = new Room(modest);
/** Bytes of files that are held at once; a larger file has all of it. */
const contents = new Room(64e6);
/** How many files are read and decoded at once. */
export const places = new Room(Math.max(2, Math.min(4, availableParallelism())));

/** Seconds after which a decoder is told to stop, and after which one that does not stop is taken for hung. */
const patience = 60;
const lastPatience = 120;

export interface Size {
  /** Pixels, after EXIF orientation. */
  readonly width: number;
  readonly height: number;
}

export interface Decoded extends Size {
  /** sRGB bytes, red green blue, row by row: side × side × 3. */
  readonly pixels: Uint8Array;
}

/**
 * Reads a file for as long as the work on it takes.
 * @throws the system's errors, and those of `readWhole`.
 */
export async function withContent<T>(file: string, work: (bytes: Buffer) => Promise<T>): Promise<T> {
  const { size } = await stat(file);
  return contents.within(size, async () => work(await readWhole(file)));
}

/** The picture upright, in sRGB, on white where it is transparent. The first frame of an animation. */
export function upright(bytes: Uint8Array): Sharp {
  return sharp(bytes, { limitInputPixels: pixelLimit, failOn: 'error' })
    .timeout({ seconds: patience })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
}

/**
 * Decodes an image, scales its shorter side and crops the middle to a square. Squeezing the whole image into the
 * square instead shows more of it, but ranks worse: 0.889 against 0.905 average precision on photos of flowers.
 * @param side in pixels.
 * @throws Error in sharp's words, where the bytes are damaged; `reasonFor` makes a sentence of it.
 */
export async function decodeSquare(bytes: Uint8Array, side: number): Promise<Decoded> {
  const image = upright(bytes);
  const { data, info, size } = await withRoom(image, async (metadata) => ({
    size: sizeOf(metadata),
    ...(await image
      .resize(side, side, { fit: 'cover', kernel: 'linear' })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })),
  }));
  if (info.channels !== 3) throw new Error(`${info.channels} channels after conversion to sRGB`);
  return { ...size, pixels: data };
}

/** Width and height after EXIF orientation. */
export function sizeOf({ autoOrient }: Metadata): Size {
  return { width: autoOrient.width, height: autoOrient.height };
}

/**
 * Decodes an image once there is memory for it.
 * @param shown how many pixels of it are to come out; `decode` is told how many may, which is less where they would
 * take more memory than is left.
 * @throws Error, before anything is decoded, where the image alone takes more than the limit.
 */
export async function withRoom<T>(
  image: Sharp,
  decode: (metadata: Metadata, pixels: number) => Promise<T>,
  shown = 0,
): Promise<T> {
  const metadata = await image.metadata();
  if (Math.max(metadata.width, metadata.height) > sideLimit)
    throw new Error('Input image exceeds side limit');
  const needed = memoryToDecode(metadata);
  if (needed > memoryLimit) throw new Error('Input image exceeds memory limit');
  // What is turned or mirrored is whole before its first row is encoded. Encoded pixels take three bytes at most, as they
  // are and on their way to the app.
  const perPixel = (metadata.orientation ?? 1) > 1 ? 7 : 3;
  const pixels = Math.min(
    shown,
    metadata.width * metadata.height,
    Math.max(memoryLimit - needed, 7e6) / perPixel,
  );
  const amount = needed + perPixel * pixels;
  const whenThereIsRoom = () => memory.within(amount, () => withoutHanging(() => decode(metadata, pixels)));
  return amount > modest ? inTurn(whenThereIsRoom) : whenThereIsRoom();
}

/** A decoder that hangs ends the process: there is no other way out of it. */
async function withoutHanging<T>(decode: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    throw new Error(`no picture after ${lastPatience} seconds`);
  }, lastPatience * 1000);
  try {
    return await decode();
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes, at most, that it takes to decode and scale an image; measured on images of 100 megapixels. */
function memoryToDecode(metadata: Metadata): number {
  const { format, width, height, channels, depth, isProgressive, chromaSubsampling } = metadata;
  const pixels = width * height;
  const row = width * channels * (depth === 'uchar' ? 1 : 2);
  const rows = 10e6 + row * Math.min(height, 1500);
  switch (format) {
    case 'jpeg':
      // Its decoder scales it down to an eighth. The coefficients of a progressive one are all there before its first
      // row is.
      return (
        10e6 + row * 512 + (isProgressive ? pixels * 2 * (chromaSubsampling === '4:2:0' ? 1.5 : channels) : 0)
      );
    case 'png':
      return rows + (isProgressive ? row * height : 0);
    case 'gif':
      return pixels * 4.5;
    case 'heif':
      return pixels * 19;
    case 'webp':
      return pixels * 4;
    default:
      return rows;
  }
}

/** Why a file can't be ranked, for the list of problems. */
export function reasonFor(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  if (/pixel limit/i.test(message)) return `too large: more than ${pixelLimit / 1e6} megapixels`;
  if (/side limit/i.test(message))
    return `too large: more than ${sideLimit.toLocaleString('en')} pixels wide or high`;
  if (/memory limit/i.test(message)) return `too large: decoding it takes more than ${memoryLimit / 1e6} MB`;
  if (/timeout/i.test(message)) return `too slow: not decoded within ${patience} seconds`;
  if (/unsupported image format/i.test(message)) return 'damaged: no decoder recognises its content';
  return `damaged: ${message.replace(/^Input buffer (has )?/, '')}`;
}
