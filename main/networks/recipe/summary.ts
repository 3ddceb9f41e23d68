// Walks one sample, then one batch, through every step up to the loss, and says what each step gave: fastai's
// `DataBlock.summary`. The first step that fails is named with its file and the reason.
import { join } from 'node:path';
import type { FilesFound } from '../../features/extraction/images.ts';
import { Reader } from '../../features/extraction/reader.ts';
import type { Work } from '../../work/work.ts';
import { augment } from '../batches/augment.ts';
import { drawAugmentation, limitsFor } from '../batches/augmentation.ts';
import { presizeSide } from '../batches/presize.ts';
import { openEngine } from '../engine/engine.ts';
import { tf } from '../engine/tf.ts';
import { isFitted } from '../../head/labels.ts';
import { medianSide } from '../../features/imageSide.ts';
import { inputSide, type Network } from '../network/network.ts';
import { openNetwork } from '../network/open.ts';
import type { FineTuneRequest, SummaryStep } from '../types.ts';
import { createRandom, seedFrom, shuffled } from '../../math/random.ts';
import { binaryCrossEntropy, crossEntropy, targetsOf } from './losses.ts';

/** On the engine that is asked for. @throws Failure as `openEngine` and `openNetwork` */
export async function summariseBatch(
  request: FineTuneRequest,
  { note, signal }: Work<FilesFound>,
): Promise<readonly SummaryStep[]> {
  const { name, device } = await openEngine(request.engine);
  note(`${name}: ${device}`);
  const { weights, classNames, seed } = request;
  const network = await openNetwork({ network: weights, classes: classNames.length, seed });
  try {
    const steps: SummaryStep[] = [];
    for await (const step of summarise(request, network)) {
      signal.throwIfAborted();
      steps.push(step);
    }
    return steps;
  } finally {
    network.dispose();
  }
}

/** The steps of the first sample and of the batch it is in, as a training's first batch, up to the first that fails. */
async function* summarise(request: FineTuneRequest, network: Network): AsyncGenerator<SummaryStep> {
  const { root, images, classNames, options, seed } = request;
  const side = inputSide(network, options.side);
  const labels = images.map(({ label, excluded }) => ({ classes: label, included: !excluded }));
  const taught = images.flatMap((_, image) => (isFitted(labels[image]) ? [image] : []));
  const drawn = shuffled(taught, createRandom(seedFrom(seed, 0))).slice(0, options.batchSize);
  const presized = presizeSide(side, await medianSide({ root, images }));

  const squares: Uint8Array[] = [];
  const reader = new Reader();
  try {
    for (const [i, image] of drawn.entries()) {
      const { path = '', label = [] } = images[image] ?? {};
      const { hash, bytes, width, height, pixels, reason } = await reader.read(join(root, path), presized);
      if (i === 0 && hash) yield gave('read', path, `${bytes} bytes`);
      if (!pixels) {
        yield { step: hash ? 'decode and orient' : 'read', path, gave: null, problem: reason };
        return;
      }
      squares.push(pixels);
      if (i > 0) continue;
      yield gave('decode and orient', path, `${width} × ${height}, sRGB`);
      yield gave('presize', path, `uint8 [${presized}, ${presized}, 3], ${range(pixels, 0)}`);
      yield gave('label', path, label.map((k) => `${classNames[k]} (class ${k})`).join(', '));
    }
  } finally {
    await reader.close();
  }
  const batch = drawn.map((image) => images[image]?.label ?? []);
  yield* throughNetwork(request, network, { squares, batch, drawn, presized, side });
}

interface Collated {
  readonly squares: readonly Uint8Array[];
  /** Classes of each image. */
  readonly batch: readonly (readonly number[])[];
  /** Places in the data set. */
  readonly drawn: readonly number[];
  readonly presized: number;
  readonly side: number;
}

async function* throughNetwork(
  { multiLabel, seed }: FineTuneRequest,
  network: Network,
  { squares, batch, drawn, presized, side }: Collated,
): AsyncGenerator<SummaryStep> {
  let step = 'collate';
  const tensors: tf.Tensor[] = [];
  const keep = <T extends tf.Tensor>(tensor: T): T => {
    tensors.push(tensor);
    return tensor;
  };
  try {
    const shape: [number, number, number, number] = [squares.length, presized, presized, 3];
    const collated = keep(tf.tensor4d(Float32Array.from(Buffer.concat(squares)), shape));
    yield gave(step, null, await describe(collated, 0));

    step = 'augment';
    const augmentations = drawn.map((image) => drawAugmentation(limitsFor(side), seed, 0, image));
    const seen = keep(augment(collated, augmentations, side));
    yield gave(step, null, await describe(seen, 0));

    step = 'normalise';
    const { mean, scale } = network.preprocessing;
    const normal = tf.tidy(() => tf.mul(tf.sub(seen, [...mean]), [...scale]));
    yield gave(step, null, await describe(keep(normal), 2));

    step = 'forward';
    const logits = keep(network.apply(seen, createRandom(seed)));
    yield gave(step, null, `${network.name}: logits ${await describe(logits, 2)}`);

    step = 'loss';
    const { classes } = network;
    const targets = keep(
      tf.tensor2d(targetsOf(batch, { classes, multiLabel, smoothing: 0 }), [batch.length, classes]),
    );
    const loss = keep((multiLabel ? binaryCrossEntropy : crossEntropy)(logits, targets));
    const [value = Number.NaN] = await loss.data();
    // Of a network that knows nothing: the same probability for every class, or one half for each.
    const chance = multiLabel ? Math.LN2 : Math.log(classes);
    const name = multiLabel ? 'binary cross-entropy' : 'cross-entropy';
    yield gave(step, null, `${name} ${value.toFixed(3)}; that of chance is ${chance.toFixed(3)}`);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    yield { step, path: null, gave: null, problem };
  } finally {
    tf.dispose(tensors);
  }
}

const gave = (step: string, path: string | null, what: string): SummaryStep => ({
  step,
  path,
  gave: what,
  problem: null,
});

/** "float32 [32, 224, 224, 3], 0 to 255". @param digits after the point. */
async function describe(tensor: tf.Tensor, digits: number): Promise<string> {
  return `${tensor.dtype} [${tensor.shape.join(', ')}], ${range(await tensor.data(), digits)}`;
}

function range(values: Uint8Array | Float32Array | Int32Array, digits: number): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
}
