// One training after another, in the trainer process: the backbone's features, the head on them, and the updates that
// follow. Keeps the head in memory between them, so that a changed label re-ranks at once.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import type { Scores } from '../../shared/scores.ts';
import { writeWhole } from '../files/whole.ts';
import { inTurn } from '../process/turns.ts';
import { loadOnnxBackbone, type Backbone } from '../features/backbone/onnx.ts';
import { isNetwork } from '../features/backbone/kind.ts';
import { withMirror } from '../features/backbone/mirror.ts';
import { learnPatches, patchesBatch, patchesSide } from '../features/backbone/patches.ts';
import { FeatureCache } from '../features/extraction/cache.ts';
import { extractFeatures } from '../features/extraction/extract.ts';
import { Reader } from '../features/extraction/reader.ts';
import { fitHead, type Head } from '../head/head.ts';
import { nameScores } from '../head/nameScores.ts';
import { checkLabels } from '../head/labels.ts';
import { evenly, medianSide } from '../features/imageSide.ts';
import { createGemm } from '../math/gemm.ts';
import type { FilesFound } from '../features/extraction/images.ts';
import { loadNetworkBackbone } from '../networks/compute.ts';
import type { Work } from '../work/work.ts';
import type { NearestImages, NearestRequest, Trained, TrainRequest, UpdateRequest } from './protocol.ts';

/** Enough images to learn filters from. */
const patchSample = 500;

export class InstantTraining {
  readonly #gemm = createGemm();
  /** `images`: those of the head's rows. */
  #current: { head: Head; cache: FeatureCache; images: readonly ImageId[] } | null = null;

  /** @throws Failure `not-found`, `bad-backbone`, `empty`; the signal's reason when it is aborted. */
  async train(request: TrainRequest, work: Work<FilesFound>): Promise<Trained> {
    this.#current?.cache.close();
    this.#current = null;
    const { root, images, cacheFolder } = request;
    const labels = images.map(({ label, excluded }) => ({ classes: label, included: !excluded }));
    const { multiLabel, classes } = request;
    // What cannot be ranked is refused before hours go into its features.
    checkLabels({ multiLabel, classes: classes.length, rows: labels });
    const started = performance.now();
    const backbone = await openBackbone(request, work);
    const loaded = performance.now();
    const cache = new FeatureCache(join(cacheFolder, 'features'), backbone.id, backbone.features);
    try {
      const extracted = await extractFeatures(images, {
        root,
        backbone,
        cache,
        work,
        // The head needs the memory that the backbone had.
      }).finally(() => backbone.release());
      const featured = performance.now();

      const rows = extracted.hashes.flatMap((hash, image) => (hash ? [image] : []));
      if (rows.length === 0) {
        throw new Failure(
          'empty',
          `None of the ${images.length} images in ${root} could be decoded. See the list of problems.`,
        );
      }
      const gemm = await this.#gemm;
      const hashes = extracted.hashes.filter((hash) => hash !== null);
      const source = cache.source(hashes);
      const fitted = {
        multiLabel,
        classes: classes.length,
        rows: rows.map((image) => labels[image] ?? { classes: [], included: false }),
        copies: copiesAmong(hashes),
      };
      // Its matrices take as much memory as a large picture.
      const head = await inTurn(() =>
        fitHead(gemm, source, fitted, {
          seed: request.seed,
          signal: work.signal,
          onProgress: (done) => work.progress('head', Math.round(done * 100), 100),
        }),
      );
      this.#current = { head, cache, images: rows.flatMap((image) => images[image]?.id ?? []) };
      const scores = head.scores();
      const { id, name, side, features } = backbone;
      return {
        scores: nameScores(scores, this.#current.images, classes),
        meanLoss: scores.meanLoss,
        accuracy: scores.accuracy,
        backbone: { id, name, side, features },
        engine: backbone.engine,
        parameters: head.parameters,
        timings: {
          load: seconds(started, loaded),
          features: seconds(loaded, featured),
          decode: extracted.decode,
          decodeWait: extracted.decodeWait,
          inference: extracted.inference,
          head: seconds(featured, performance.now()),
        },
        decoded: extracted.decoded,
      };
    } catch (error) {
      cache.close();
      throw error;
    }
  }

  /** @throws Error before the first training: there is nothing to update. */
  async update({ changes, classes }: UpdateRequest): Promise<Scores> {
    if (!this.#current) throw new Error('an update came before the first training');
    const { head, images } = this.#current;
    const rowOf = new Map(images.map((image, row) => [image, row]));
    await head.update(
      changes.flatMap(({ image, label, excluded }) => {
        const row = rowOf.get(image);
        return row === undefined ? [] : [{ row, classes: label, included: !excluded }];
      }),
      classes.length,
    );
    return nameScores(head.scores(), images, classes);
  }

  /** @throws Error before the first training. */
  nearest({ image, groups, count }: NearestRequest): NearestImages {
    if (!this.#current) throw new Error('neighbours were asked for before the first training');
    const { head, images } = this.#current;
    const rowOf = new Map(images.map((other, row) => [other, row]));
    const row = rowOf.get(image);
    if (row === undefined) return groups.map(() => []);
    const inRows = groups.map((group) => group.flatMap((other) => rowOf.get(other) ?? []));
    return head.nearest(row, inRows, count).map((found) =>
      found.flatMap(({ row: other, similarity }) => {
        const known = images[other];
        return known === undefined ? [] : [{ image: known, similarity }];
      }),
    );
  }
}

/** Places of the same content, two or more each. */
function copiesAmong(hashes: readonly Uint8Array[]): number[][] {
  const places = Map.groupBy(hashes.keys(), (place) => Buffer.from(hashes[place] ?? []).toString('latin1'));
  return [...places.values()].filter((group) => group.length > 1);
}

async function openBackbone(request: TrainRequest, work: Work<FilesFound>): Promise<Backbone> {
  const { backbone, engine, side, mirrored } = request;
  const imageSide = await medianSide(request);
  if (backbone) {
    const file = { ...backbone, engine, side, imageSide };
    const load = isNetwork(backbone.path) ? loadNetworkBackbone : loadOnnxBackbone;
    const single = await load(file);
    return mirrored ? withMirror(single) : single;
  }
  const geometry = patchesSide(imageSide);
  const path = await patchesModelFile(request, geometry, work);
  const patches = await loadOnnxBackbone({
    path,
    name: 'patches',
    engine,
    side: null,
    imageSide,
    isFrugal: true,
  });
  return { ...patches, batchSize: patchesBatch(geometry) };
}

/**
 * The model of patch features, learned where it is not there yet. Once for a data set and seed: new images are
 * described by the same features.
 */
async function patchesModelFile(
  request: TrainRequest,
  { side, stride }: { side: number; stride: number },
  { signal, progress }: Work<FilesFound>,
): Promise<string> {
  const { root, images, cacheFolder, seed } = request;
  const folder = join(cacheFolder, 'models', `patches-${seed}`);
  const file = join(folder, 'model.onnx');
  if (existsSync(file)) return file;

  const sample = evenly(images, patchSample);
  const pixels: Uint8Array[] = [];
  const reader = new Reader();
  try {
    for (const [i, { path }] of sample.entries()) {
      signal.throwIfAborted();
      progress('patches', i, sample.length);
      const read = await reader.read(join(root, path), side);
      if (read.pixels) pixels.push(read.pixels);
    }
  } finally {
    await reader.close();
  }
  if (pixels.length === 0) {
    throw new Failure(
      'empty',
      `None of the ${sample.length} images that were tried in ${root} could be decoded. Nothing was trained; check the files.`,
    );
  }
  const model = learnPatches({ images: Buffer.concat(pixels), count: pixels.length, side }, { seed, stride });
  progress('patches', sample.length, sample.length);

  mkdirSync(folder, { recursive: true });
  const preprocessing = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
  writeFileSync(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessing));
  // Last: where the model is, nothing is missing.
  writeWhole(file, model);
  return file;
}

const seconds = (from: number, to: number) => (to - from) / 1000;
