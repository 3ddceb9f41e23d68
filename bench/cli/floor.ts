// The least that `rank` can take: a bare loop that decodes each image once with sharp and runs the same model on the
// same batches, decoding the next batch while the model computes, and nothing else. Prints the loop's seconds.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

export interface FloorRequest {
  /** Absolute paths. */
  readonly images: readonly string[];
  readonly model: string;
  readonly side: number;
  readonly batchSize: number;
}

const [requestFile = ''] = process.argv.slice(2);
const { images, model, side, batchSize } = JSON.parse(readFileSync(requestFile, 'utf8')) as FloorRequest;
sharp.concurrency(1);
sharp.cache(false);
const session = await InferenceSession.create(model, { intraOpNumThreads: availableParallelism() });
const [input] = session.inputMetadata;
if (!input?.isTensor) throw new Error(`${model} has no tensor as its input`);
const shape = (count: number) => (input.shape[1] === 3 ? [count, 3, side, side] : [count, side, side, 3]);

const decodeFrom = (start: number) =>
  Promise.all(
    images
      .slice(start, start + batchSize)
      .map((image) =>
        sharp(image).resize(side, side, { fit: 'fill' }).toColourspace('srgb').raw().toBuffer(),
      ),
  );

const started = performance.now();
let next = decodeFrom(0);
for (let start = 0; start < images.length; start += batchSize) {
  const batch = await next;
  next = decodeFrom(start + batchSize);
  const pixels = new Float32Array(batch.length * 3 * side ** 2);
  batch.forEach((image, i) => pixels.set(image, i * image.length));
  await session.run({ [input.name]: new Tensor('float32', pixels, shape(batch.length)) });
}
console.log((performance.now() - started) / 1000);
