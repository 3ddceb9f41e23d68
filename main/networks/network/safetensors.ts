// Reads `.safetensors`: the length of a header, the header in JSON, the numbers (https://github.com/huggingface/safetensors).
// Nothing in the file is believed before its size was checked.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';

export interface Safetensors {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export interface StoredTensor {
  readonly shape: readonly number[];
  /** @throws Failure `bad-backbone` where they are not floating-point numbers of 16 or 32 bits. */
  values(): Float32Array;
}

/** As the format's own reader limits it. */
const longestHeader = 100_000_000;

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.int().nonnegative()),
    data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
);

/** Bytes of a number. */
const widths: Readonly<Record<string, number>> = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2 };

/** @throws Failure `not-found`, `bad-backbone` */
export function readSafetensors(file: string): Safetensors {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new Failure('not-found', `The weights ${file} can't be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  if (bytes.length < 8) throw badWeights(file, 'it is too short');
  const length = Number(bytes.readBigUInt64LE());
  if (length > Math.min(longestHeader, bytes.length - 8)) {
    throw badWeights(file, 'it is not a safetensors file, or it was cut off');
  }
  const data = bytes.subarray(8 + length);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(
    readHeader(file, bytes.toString('utf8', 8, 8 + length)),
  )) {
    const [from, to] = data_offsets;
    const count = shape.reduce((product, size) => product * size, 1);
    const width = widths[dtype];
    if (to > data.length || to < from || (width !== undefined && to - from !== count * width)) {
      throw badWeights(
        file,
        `${name} lies outside the file or has the wrong length; the file may be cut off`,
      );
    }
    const values = (): Float32Array => {
      const convert = converters[dtype];
      if (!convert) throw badWeights(file, `${name} is stored as ${dtype}; F32, F16 and BF16 are understood`);
      // A copy, for the numbers may lie at any address.
      return convert(new Uint8Array(data.subarray(from, to)).buffer);
    };
    tensors.set(name, { shape, values });
  }
  return { file, tensors };
}

function readHeader(file: string, text: string): z.infer<typeof headerSchema> {
  try {
    const { __metadata__, ...header } = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    return headerSchema.parse(header);
  } catch (error) {
    throw badWeights(file, 'its header is not that of a safetensors file', error);
  }
}

const converters: Readonly<Record<string, (buffer: ArrayBuffer) => Float32Array>> = {
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => Float32Array.from(new Uint16Array(buffer), fromHalf),
  BF16: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
};

/** IEEE 754 binary16: sign, five bits of exponent, ten of fraction. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

export function badWeights(file: string, detail: string, cause?: unknown): Failure {
  return new Failure(
    'bad-backbone',
    `The weights ${file} can't be used: ${detail}. Nothing was changed; ` +
      'choose a .safetensors file of a ResNet-18, 34, 50 or 101 from torchvision or timm.',
    { cause },
  );
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
