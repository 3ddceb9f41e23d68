// Pretrained backbones that Toploss knows by name, fetched from the Hugging Face hub with its own library, and only
// when a person asks for one. They stay in the user's cache.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { downloadFileToCacheDir } from '@huggingface/hub';
import envPaths from 'env-paths';
import { Failure } from '../../../shared/failure.ts';

export interface HubModel {
  readonly repo: string;
  readonly file: string;
  readonly megabytes: number;
}

export const hubModels: Readonly<Record<string, HubModel>> = {
  mobilenetv4: {
    repo: 'onnx-community/mobilenetv4_conv_small.e2400_r224_in1k',
    file: 'onnx/model.onnx',
    megabytes: 15,
  },
  'dinov2-small': { repo: 'Xenova/dinov2-small', file: 'onnx/model_quantized.onnx', megabytes: 24 },
};

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Bytes so far; null while the total is unknown. */
  readonly onProgress: (done: number, total: number | null) => void;
  /** Default: the user's cache of Toploss. */
  readonly cacheFolder?: string;
  /** Default: the system's. */
  readonly fetch?: typeof fetch;
}

/**
 * The model file in the user's cache, downloaded where it is not there yet.
 * @throws Failure `bad-request` for a name that is not known, `no-network`, `cancelled`.
 */
export async function fetchHubModel(name: string, options: DownloadOptions): Promise<string> {
  const model = hubModels[name];
  if (!model) {
    throw new Failure(
      'bad-request',
      `There is no backbone called ${name}. Known: ${Object.keys(hubModels).join(', ')}; or name an ONNX file.`,
    );
  }
  const cacheDir = options.cacheFolder ?? join(envPaths('toploss', { suffix: '' }).cache, 'backbones');
  const cached = findInCache(cacheDir, model);
  if (cached) return cached;
  const download = (path: string, fetch: typeof globalThis.fetch) =>
    downloadFileToCacheDir({ repo: model.repo, path, cacheDir, fetch });
  try {
    // The small file first: with the model in place, nothing is missing.
    await download('preprocessor_config.json', abortable(options));
    return await download(model.file, counting(abortable(options), options.onProgress));
  } catch (error) {
    options.signal.throwIfAborted();
    throw new Failure(
      'no-network',
      `${name} could not be downloaded from huggingface.co (${describe(error)}). Nothing was changed. ` +
        `Without a network: fetch ${model.file} and preprocessor_config.json of ${model.repo} on another machine, ` +
        'put both into one folder, and name that file with --backbone.',
      { cause: error },
    );
  }
}

/** The hub's cache keeps files under the revision that they are of; any complete one will do. */
function findInCache(cacheDir: string, { repo, file }: HubModel): string | null {
  const snapshots = join(cacheDir, `models--${repo.replaceAll('/', '--')}`, 'snapshots');
  if (!existsSync(snapshots)) return null;
  const complete = readdirSync(snapshots)
    .map((revision) => join(snapshots, revision))
    .find((folder) => existsSync(join(folder, file)) && existsSync(join(folder, 'preprocessor_config.json')));
  return complete ? join(complete, file) : null;
}

function abortable({ signal, fetch = globalThis.fetch }: DownloadOptions): typeof fetch {
  return (input, init) => fetch(input, { ...init, signal });
}

/** Counts the bytes of the largest reply: the model itself, beside the small questions about where it lies. */
function counting(
  fetch: typeof globalThis.fetch,
  onProgress: DownloadOptions['onProgress'],
): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const total = Number(response.headers.get('content-length')) || null;
    if (!response.body || total === null || total < 1_000_000) return response;
    let done = 0;
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        done += chunk.length;
        onProgress(done, total);
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(counter), response);
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}
