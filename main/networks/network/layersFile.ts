// TensorFlow.js layers models on disk: model.json, which describes the layers, and the weights in shards beside it.
// A model is data and never code; its sizes are checked before tfjs-layers sees it.
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { makeWhole } from '../../files/whole.ts';
import { badBackbone } from '../../features/backbone/bad.ts';
import { layers, type tf } from '../engine/tf.ts';

const bytesOf = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

const weightSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool']),
  quantization: z
    .object({
      dtype: z.enum(['uint8', 'uint16', 'float16']),
      scale: z.number().optional(),
      min: z.number().optional(),
    })
    .optional(),
});

const modelSchema = z.object({
  // tfjs-layers checks the layers themselves; it describes them by plain data.
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(weightSchema) })),
});

/** @throws Failure `bad-backbone` naming the file and what is wrong with it. */
export async function readLayersModel(file: string): Promise<layers.LayersModel> {
  const artifacts = readArtifacts(file);
  try {
    return await layers.loadLayersModel({ load: () => Promise.resolve(artifacts) });
  } catch (error) {
    throw badBackbone(file, `TensorFlow.js says: ${messageOf(error)}`);
  }
}

function readArtifacts(file: string): tf.io.ModelArtifacts {
  let model: z.infer<typeof modelSchema>;
  try {
    model = modelSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw badBackbone(file, `it is not a TensorFlow.js layers model: ${messageOf(error)}`);
  }
  const { modelTopology, weightsManifest } = model;
  const groups = weightsManifest.map(({ paths, weights }) => {
    const bytes = Buffer.concat(paths.map((path) => readShard(file, path)));
    const wanted = weights.reduce((sum, { shape, dtype, quantization }) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return sum + count * bytesOf[quantization?.dtype ?? dtype];
    }, 0);
    if (bytes.length !== wanted) {
      throw badBackbone(
        file,
        `its weights take ${wanted} bytes, and ${paths.join(', ')} ${paths.length === 1 ? 'has' : 'have'} ${bytes.length}`,
      );
    }
    return bytes;
  });
  const data = Buffer.concat(groups);
  return {
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights.map(entryOf)),
    weightData: new Uint8Array(data).buffer,
  };
}

/** tfjs leaves out what is not there. */
function entryOf({
  name,
  shape,
  dtype,
  quantization,
}: z.infer<typeof weightSchema>): tf.io.WeightsManifestEntry {
  if (!quantization) return { name, shape, dtype };
  const { scale, min } = quantization;
  return {
    name,
    shape,
    dtype,
    quantization: {
      dtype: quantization.dtype,
      ...(scale === undefined ? {} : { scale }),
      ...(min === undefined ? {} : { min }),
    },
  };
}

/** Shards lie beside the model: a path that leads elsewhere is not followed. */
function readShard(file: string, path: string): Buffer {
  if (path !== basename(path)) throw badBackbone(file, `its weights are in ${path}, which is not beside it`);
  try {
    return readFileSync(join(dirname(file), path));
  } catch (error) {
    throw badBackbone(file, `its weights can't be read: ${messageOf(error)}`);
  }
}

/** As tfjs-converter cuts them. */
const shardBytes = 4 * 2 ** 20;
const flushed = { flush: true };

/**
 * Writes a model with further files beside it. The folder is there when it is complete, and must not be there before.
 * @param beside JSON by file name.
 * @throws what writing fails with.
 */
export async function writeLayersModel(
  model: layers.LayersModel,
  folder: string,
  beside: Readonly<Record<string, object>>,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await makeWhole(folder, async (unfinished) => {
    await mkdir(unfinished);
    await model.save({
      save: async ({ modelTopology, weightSpecs, weightData }) => {
        const data = joined(weightData);
        const paths: string[] = [];
        const count = Math.ceil(data.length / shardBytes);
        for (let i = 0; i < count; i++) {
          const path = `group1-shard${i + 1}of${count}.bin`;
          await writeFile(
            join(unfinished, path),
            data.subarray(i * shardBytes, (i + 1) * shardBytes),
            flushed,
          );
          paths.push(path);
        }
        const weightsManifest = [{ paths, weights: weightSpecs }];
        const json = { format: 'layers-model', generatedBy: 'Toploss', modelTopology, weightsManifest };
        await writeFile(join(unfinished, 'model.json'), JSON.stringify(json), flushed);
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      },
    });
    for (const [name, value] of Object.entries(beside)) {
      await writeFile(join(unfinished, name), JSON.stringify(value, null, 2), flushed);
    }
  });
}

function joined(data: tf.io.WeightData | undefined): Uint8Array {
  return Buffer.concat(
    (Array.isArray(data) ? data : [data ?? new ArrayBuffer()]).map((part) => new Uint8Array(part)),
  );
}

function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error).replaceAll('\n', ' ');
  return error instanceof Error ? error.message : String(error);
}
