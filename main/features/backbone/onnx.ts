// A backbone: an image model without its classifier, which turns pixels into a vector of features. Any ONNX image
// model will do; layout, input name, size and normalisation are read from the model and the file beside it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Failure } from '../../../shared/failure.ts';
import { featureEngines } from './engines.ts';
import { badBackbone } from './bad.ts';
import { largeModel, largeSide } from './kind.ts';
import { readPreprocessing, type Preprocessing } from './preprocessing.ts';

export interface Backbone {
  /** Stands for the weights and everything that is done to the pixels: features of different ids don't mix. */
  readonly id: string;
  readonly name: string;
  /** What computes: "CPU · 2 cores". */
  readonly engine: string;
  /** Side of the square input in pixels. */
  readonly side: number;
  /** Length of the vector. */
  readonly features: number;
  /** Images a call: `pixelsPerBatch`, unless the model prescribes a number. */
  readonly batchSize: number;
  /** @param images RGB bytes, side × side × 3 each. @returns one vector an image, row-major. */
  embed(images: readonly Uint8Array[]): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface BackboneFile {
  /** A model file, or a folder with `model.onnx` (or `onnx/model.onnx`) and `preprocessor_config.json`. */
  readonly path: string;
  readonly name?: string;
  /** One of `featureEngines`; null: the best that takes the model. */
  readonly engine: string | null;
  /** Input side where the model allows any; null: chosen from the images by `sideFor`. */
  readonly side: number | null;
  /** Median of the images' shorter sides in pixels. */
  readonly imageSide: number;
  /** Whether memory is given back after each batch, instead of being kept for the next: a seventh slower for small ones. */
  readonly isFrugal?: boolean;
}

/** Larger batches take more memory for activations (100 MB at twice the size), and no less time. */
const pixelsPerBatch = 16 * 128 ** 2;

/** Images a call for an input side in pixels. */
export function batchSizeFor(side: number): number {
  return Math.max(1, Math.min(64, Math.round(pixelsPerBatch / side ** 2)));
}

/**
 * Loads an ONNX model as a backbone.
 * @throws Failure `not-found` or `bad-backbone`, naming the file and what is wrong with it.
 */
export async function loadOnnxBackbone({
  path,
  name,
  engine: wanted,
  side,
  imageSide,
  isFrugal = false,
}: BackboneFile): Promise<Backbone> {
  const file = modelFor(modelFile(path), side ?? sideFor(imageSide));
  const bytes = readFileSync(file);
  const preprocessing = readPreprocessing(dirname(file));
  const { session, engine } = await createSession(file, bytes, wanted, isFrugal);
  const input = describeInput(file, session);
  const inputSide = input.side ?? side ?? sideFor(imageSide);
  const { mean, scale } = preprocessing;
  const id = createHash('sha256')
    .update(bytes)
    .update(JSON.stringify({ inputSide, mean, scale, pixels: 'cover linear 1', features: 'signed root' }))
    .digest('hex')
    .slice(0, 16);

  const batchSize = input.batch ?? batchSizeFor(inputSide);
  const embed = async (images: readonly Uint8Array[]): Promise<Float32Array> => {
    // A model that was exported for one batch size gets full batches; the padding's features are dropped.
    const batch = input.batch ?? images.length;
    const pixels = new Float32Array(batch * 3 * inputSide ** 2);
    images.forEach((image, i) => normalise(image, pixels, i, { mean, scale, layout: input.layout }));
    const shape =
      input.layout === 'NCHW' ? [batch, 3, inputSide, inputSide] : [batch, inputSide, inputSide, 3];
    const outputs = await session.run({ [input.name]: new Tensor('float32', pixels, shape) });
    const output = outputs[session.outputNames[0] ?? ''];
    if (!(output?.data instanceof Float32Array)) {
      throw badBackbone(file, 'its first output is not a float32 tensor');
    }
    const vectors = pool(file, output.data, output.dims, batch);
    return vectors.subarray(0, (images.length * vectors.length) / batch);
  };

  try {
    const probe = await embed([new Uint8Array(3 * inputSide ** 2)]);
    return {
      id,
      name: name ?? nameOf(file),
      engine,
      side: inputSide,
      features: probe.length,
      batchSize,
      embed,
      release: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error instanceof Failure
      ? error
      : badBackbone(file, error instanceof Error ? error.message : String(error));
  }
}

/**
 * The input side for images of this size: enlarging small images four times pays (0.77 against 0.73 average
 * precision on 32 px photos), and beyond 256 px the time grows faster than the quality.
 */
export function sideFor(imageSide: number): number {
  if (imageSide <= 48) return 128;
  return Math.min(256, Math.max(160, Math.ceil(imageSide / 32) * 32));
}

export function modelFile(path: string): string {
  const candidates =
    existsSync(path) && statSync(path).isDirectory()
      ? [join(path, 'model.onnx'), join(path, 'onnx', 'model.onnx')]
      : [path];
  const found = candidates.find((file) => existsSync(file) && statSync(file).isFile());
  if (found) return found;
  throw new Failure(
    'not-found',
    candidates.length > 1
      ? `There is no model.onnx or model.json in the folder ${path}. Name an .onnx file, or a folder that has one of these.`
      : `There is no backbone at ${path}. Name an .onnx file, or a folder with model.onnx and preprocessor_config.json.`,
  );
}

function modelFor(file: string, side: number): string {
  const large = join(dirname(file), largeModel);
  return side >= largeSide && basename(file) === 'model.onnx' && existsSync(large) ? large : file;
}

function nameOf(file: string): string {
  const folder = basename(dirname(file)) === 'onnx' ? dirname(dirname(file)) : dirname(file);
  return ['model.onnx', largeModel].includes(basename(file)) ? basename(folder) : basename(file, '.onnx');
}

interface Input {
  readonly name: string;
  readonly layout: 'NCHW' | 'NHWC';
  /** Null: any. */
  readonly side: number | null;
  readonly batch: number | null;
}

/** A size that the model prescribes; null where it takes any. */
const fixed = (size: number | string | undefined) => (typeof size === 'number' && size > 0 ? size : null);

function describeInput(file: string, session: InferenceSession): Input {
  const [input, ...others] = session.inputMetadata;
  if (!input?.isTensor || others.length > 0) {
    throw badBackbone(file, `an image model has one input, this one has ${session.inputMetadata.length}`);
  }
  const { name, type, shape } = input;
  const described = `its input ${name} is ${type} [${shape.join(', ')}]`;
  if (type !== 'float32' || shape.length !== 4) {
    throw badBackbone(file, `${described}; an image model takes float32 with four dimensions`);
  }
  const layout = shape[1] === 3 ? 'NCHW' : shape[3] === 3 ? 'NHWC' : null;
  if (!layout) throw badBackbone(file, `${described}; neither the second nor the last dimension is 3`);
  const height = fixed(layout === 'NCHW' ? shape[2] : shape[1]);
  const width = fixed(layout === 'NCHW' ? shape[3] : shape[2]);
  if (height !== width) throw badBackbone(file, `${described}; Toploss needs a square one`);
  return { name, layout, side: height, batch: fixed(shape[0]) };
}

/** Pixels of image `index` of the batch, normalised, in the model's layout. */
function normalise(
  image: Uint8Array,
  target: Float32Array,
  index: number,
  { mean, scale, layout }: Preprocessing & { layout: Input['layout'] },
): void {
  const plane = image.length / 3;
  const start = index * image.length;
  const [pixelStep, channelStep] = layout === 'NCHW' ? [1, plane] : [3, 1];
  for (let channel = 0; channel < 3; channel++) {
    const m = mean[channel] ?? 0;
    const s = scale[channel] ?? 1;
    let to = start + channel * channelStep;
    for (let from = channel; from < image.length; from += 3, to += pixelStep) {
      target[to] = ((image[from] ?? 0) - m) * s;
    }
  }
}

/**
 * One vector an image from a model's output: [N, F] as it is, [N, T, F] and [N, F, H, W] averaged over the positions.
 * Positions come from a square input, so that a model is channels-last where second and third dimension are equal.
 */
function pool(file: string, data: Float32Array, dims: readonly number[], batch: number): Float32Array {
  const [count = 0, second = 0, third = 0, last = 0] = dims;
  if (count !== batch || data.length === 0) {
    throw badBackbone(file, `its output is [${dims.join(', ')}] for ${batch} images`);
  }
  if (dims.length === 2) return data;
  if (dims.length === 3) return average(data, count, second, third, false);
  if (dims.length !== 4) {
    throw badBackbone(file, `its output has ${dims.length} dimensions; two to four are understood`);
  }
  const channelsLast = second === third && last !== third;
  return channelsLast
    ? average(data, count, second * third, last, false)
    : average(data, count, third * last, second, true);
}

/** Means over positions; data is [count, features, positions] or, else, [count, positions, features]. */
function average(
  data: Float32Array,
  count: number,
  positions: number,
  features: number,
  featuresFirst: boolean,
): Float32Array {
  const vectors = new Float32Array(count * features);
  const [featureStep, positionStep] = featuresFirst ? [positions, 1] : [1, features];
  for (let i = 0; i < count; i++) {
    for (let f = 0; f < features; f++) {
      let sum = 0;
      let at = i * positions * features + f * featureStep;
      for (let p = 0; p < positions; p++, at += positionStep) sum += data[at] ?? 0;
      vectors[i * features + f] = sum / positions;
    }
  }
  return vectors;
}

/** The best engine that takes the model, or the one that was asked for. One that was passed over is named with its reason. */
async function createSession(
  file: string,
  bytes: Uint8Array,
  wanted: string | null,
  isFrugal: boolean,
): Promise<{ session: InferenceSession; engine: string }> {
  if (wanted && !featureEngines.includes(wanted)) {
    throw new Failure(
      'bad-request',
      `There is no engine ${wanted} for features on this machine. Choose one of: ${featureEngines.join(', ')}.`,
    );
  }
  const threads = availableParallelism();
  const passedOver: string[] = [];
  for (const provider of wanted ? [wanted] : featureEngines) {
    try {
      const session = await InferenceSession.create(bytes, {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        graphOptimizationLevel: 'all',
        // Threads that wait for work sleep instead of spinning: the decoders want the cores.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        enableCpuMemArena: !isFrugal,
      });
      const name = provider === 'cpu' ? `CPU · ${threads} ${threads === 1 ? 'core' : 'cores'}` : provider;
      return { session, engine: [name, ...passedOver].join('; ') };
    } catch (error) {
      passedOver.push(`${provider} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw badBackbone(file, passedOver.at(-1) ?? 'no engine took it');
}
