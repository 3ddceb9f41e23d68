// Walks one sample, then one batch, through every step of the way to the network, and says what each step gave: fastai's
// `DataBlock.summary`. The first step that fails is named with its file and the reason.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSquare, reasonFor, sizeOf, upright } from '../../images/decode.ts';
import { readFailure } from '../../catalog/io-reason.ts';
import { openEngine } from '../engine/engine.ts';
import { tf } from '../engine/tf.ts';
import { medianSide } from '../imageSide.ts';
import { createRandom, seedFrom, shuffled } from '../random.ts';
import { augment } from './augment.ts';
import { defaultLimits, drawAugmentation } from './augmentation.ts';
import { presizeSide } from './presize.ts';
import type { ShowRequest } from './showBatch.ts';

export interface Step {
  readonly step: string;
  /** The image that the step is about; null: the batch. */
  readonly path: string | null;
  /** What it gave, in words; null where it failed. */
  readonly gave: string | null;
  /** Why it failed. */
  readonly problem: string | null;
}

/** The steps of the first sample and of the batch it is in, up to the first that fails. */
export async function* summarise(request: ShowRequest): AsyncGenerator<Step> {
  const { root, images, side, count, seed, epoch } = request;
  const places = images.map((_, image) => image);
  const drawn = shuffled(places, createRandom(seedFrom(seed, epoch))).slice(0, count);
  const presized = presizeSide(side, await medianSide({ root, images }));
  const squares: Uint8Array[] = [];
  for (const [i, image] of drawn.entries()) {
    const path = images[image]?.path ?? '';
    let step = 'read';
    try {
      const bytes = await readFile(join(root, path));
      if (i === 0) yield gave(step, path, `${bytes.length} bytes`);
      step = 'decode and orient';
      const { width, height } = sizeOf(await upright(bytes).metadata());
      if (i === 0) yield gave(step, path, `${width} × ${height}, sRGB`);
      step = 'presize';
      const { pixels } = await decodeSquare(bytes, presized);
      if (i === 0) yield gave(step, path, `uint8 [${presized}, ${presized}, 3], ${range(pixels)}`);
      if (i === 0) yield gave('label', path, images[image]?.label ?? '');
      squares.push(pixels);
    } catch (error) {
      yield { step, path, gave: null, problem: step === 'read' ? readFailure(error) : reasonFor(error) };
      return;
    }
  }
  await openEngine('wasm');
  const shape: [number, number, number, number] = [squares.length, presized, presized, 3];
  const collated = tf.tensor4d(Float32Array.from(Buffer.concat(squares)), shape);
  yield gave('collate', null, `float32 [${shape.join(', ')}], ${range(await collated.data())}`);
  const seen = augment(
    collated,
    drawn.map((image) => drawAugmentation(defaultLimits, seed, epoch, image)),
    side,
  );
  yield gave('augment', null, `float32 [${seen.shape.join(', ')}], ${range(await seen.data())}`);
  collated.dispose();
  seen.dispose();
}

const gave = (step: string, path: string | null, what: string): Step => ({
  step,
  path,
  gave: what,
  problem: null,
});

function range(values: Uint8Array | Float32Array | Int32Array): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return `${low.toFixed(0)} to ${high.toFixed(0)}`;
}
