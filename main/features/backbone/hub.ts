// Pretrained backbones that Toploss knows by name, fetched from the Hugging Face hub with its own library, and only
// when a person asks for one. They stay in the user's cache.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { downloadFile } from '@huggingface/hub';
import { Failure } from '../../../shared/failure.ts';
import { makeWhole } from '../../files/whole.ts';
import { writeFailure } from '../../files/writeFailure.ts';
import { unfollowed, type Work } from '../../work/work.ts';
import { backbonesFolder } from './cache.ts';

export interface HubModel {
  readonly repo: string;
  readonly file: string;
  /** Says how pixels are prepared; null where that is known. */
  readonly beside: string | null;
  readonly megabytes: number;
}

export const hubModels: Readonly<Record<string, HubModel>> = {
  mobilenetv4: {
    repo: 'onnx-community/mobilenetv4_conv_small.e2400_r224_in1k',
    file: 'onnx/model.onnx',
    beside: 'preprocessor_config.json',
    megabytes: 15,
  },
  'dinov2-small': {
    repo: 'Xenova/dinov2-small',
    file: 'onnx/model_quantized.onnx',
    beside: 'preprocessor_config.json',
    megabytes: 24,
  },
  resnet18: timm('resnet18.a1_in1k', 47),
  resnet34: timm('resnet34.a1_in1k', 87),
  resnet50: timm('resnet50.a1_in1k', 102),
  resnet101: timm('resnet101.a1_in1k', 178),
};

function timm(name: string, megabytes: number): HubModel {
  return { repo: `timm/${name}`, file: 'model.safetensors', beside: null, megabytes };
}

export interface DownloadOptions {
  readonly work: Work;
  /** Default: the user's cache of Toploss. */
  readonly cacheFolder?: string;
  /** Default: the system's. */
  readonly fetch?: typeof fetch;
}

/**
 * The model file in the user's cache, downloaded where it is not there yet.
 * @throws Failure `bad-request` for a name that is not known, `no-network`, `cancelled`, and what writing fails with.
 */
export async function fetchHubModel(name: string, options: DownloadOptions): Promise<string> {
  const model = hubModels[name];
  if (!model) {
    throw new Failure(
      'bad-request',
      `There is no backbone called ${name}. Choose one of: ${Object.keys(hubModels).join(', ')}; or name a file.`,
    );
  }
  const cache = options.cacheFolder ?? backbonesFolder();
  const file = hubFile(name, cache);
  if (existsSync(file)) return file;
  try {
    // The small file first: where the model is, nothing is missing.
    if (model.beside) {
      const quiet = { ...options, work: unfollowed(options.work.signal) };
      await download(model.repo, model.beside, join(cache, name, model.beside), quiet);
    }
    await download(model.repo, model.file, file, options);
    return file;
  } catch (error) {
    options.work.signal.throwIfAborted();
    const unwritten = writeFailure(error, file);
    if (unwritten instanceof Failure) throw unwritten;
    throw new Failure(
      'no-network',
      `${name} could not be downloaded from huggingface.co (${describe(error)}). Nothing was changed. ` +
        `Without a network: fetch ${[model.file, model.beside].filter(Boolean).join(' and ')} of ${model.repo} ` +
        'on another machine, into one folder, and name that file with --backbone or --network.',
      { cause: error },
    );
  }
}

/** Where a model of the hub is, if it is there. */
export const hubFile = (name: string, cache = backbonesFolder()): string =>
  join(cache, name, hubModels[name]?.file ?? '');

async function download(
  repo: string,
  path: string,
  file: string,
  { work: { signal, progress }, fetch = globalThis.fetch }: DownloadOptions,
): Promise<void> {
  const blob = await downloadFile({ repo, path, fetch: (input, init) => fetch(input, { ...init, signal }) });
  if (!blob) throw new Error(`${repo} has no ${path}`);
  let done = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      done += chunk.length;
      progress('download', done, blob.size);
      controller.enqueue(chunk);
    },
  });
  await mkdir(dirname(file), { recursive: true });
  await makeWhole(file, (unfinished) =>
    writeFile(unfinished, blob.stream().pipeThrough(counter), { signal }),
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}
