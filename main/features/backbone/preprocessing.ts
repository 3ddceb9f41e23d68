// What is done to pixels before a model gets them, from the file beside it: Hugging Face's `preprocessor_config.json`.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { badBackbone } from './bad.ts';

/** A pixel byte v becomes (v − mean) · scale, per channel. */
export interface Preprocessing {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
}

const preprocessorSchema = z.object({
  do_rescale: z.boolean().default(true),
  rescale_factor: z.number().default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: z.array(z.number()).length(3).default([0.485, 0.456, 0.406]),
  image_std: z.array(z.number().positive()).length(3).default([0.229, 0.224, 0.225]),
});

/** From the model's folder or the one above; without a file, ImageNet's mean and deviation. @throws Failure `bad-backbone` */
export function readPreprocessing(folder: string): Preprocessing {
  const file = [
    join(folder, 'preprocessor_config.json'),
    join(dirname(folder), 'preprocessor_config.json'),
  ].find((candidate) => existsSync(candidate));
  let config: z.infer<typeof preprocessorSchema>;
  try {
    config = preprocessorSchema.parse(file ? JSON.parse(readFileSync(file, 'utf8')) : {});
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : String(error);
    throw badBackbone(file ?? folder, `the preprocessing can't be read: ${detail}`);
  }
  const factor = config.do_rescale ? config.rescale_factor : 1;
  const [mean, std] = config.do_normalize
    ? [config.image_mean, config.image_std]
    : [
        [0, 0, 0],
        [1, 1, 1],
      ];
  return { mean: mean.map((m) => m / factor), scale: std.map((s) => factor / s) };
}

/** What `readPreprocessing` reads the same from. @param side of the square input in pixels. */
export function preprocessorConfig({ mean, scale }: Preprocessing, side: number): object {
  return {
    do_resize: true,
    size: { height: side, width: side },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean.map((m) => m / 255),
    image_std: scale.map((s) => 1 / (255 * s)),
  };
}
