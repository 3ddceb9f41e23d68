// Images a second of a training step (forward, backward, update), by engine and network, beside two measures from the
// same run: what the engine reaches in a plain forward convolution, and the same network, batch and update in PyTorch
// where `python3` has it. Prints one JSON object.
//   npm run bench -- train [--engines tensorflow,wasm] [--networks small,resnet18,PATH] [--seconds N]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openEngine } from '../main/networks/engine/engine.ts';
import { engineNames } from '../shared/training.ts';
import { measureNetworkSpeed } from '../main/networks/engine/networkSpeed.ts';
import { layers, tf } from '../main/networks/engine/tf.ts';
import type { Network } from '../main/networks/network/network.ts';
import { openNetwork } from '../main/networks/network/open.ts';
import { resnet, resnetNames } from '../main/networks/network/resnet.ts';
import { inOrder } from '../main/networks/network/trainingPass.ts';
import { createRandom } from '../main/math/random.ts';
import { Failure } from '../shared/failure.ts';

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: engineNames.join() },
    networks: { type: 'string', default: 'small,resnet18' },
    seconds: { type: 'string', default: '5' },
  },
});
const seconds = Number(values.seconds);
const classes = 10;
const learningRate = 1e-3;

/** What a network is trained with: small images in large batches, or photos in small ones. */
const shapeOf = (network: string) =>
  network === 'small' ? { batch: 64, side: 32 } : { batch: 8, side: 224 };

const results: object[] = [];
const missing: Record<string, string> = {};
const networks = values.networks.split(',');
const rivals = new Map(networks.map((name) => [name, measurePytorch(name)]));
for (const name of engineNames.filter((known) => values.engines.split(',').includes(known))) {
  try {
    const { device } = await openEngine(name);
    const { convolution: peak } = await measureNetworkSpeed();
    for (const network of networks) results.push({ engine: name, device, ...(await measure(network, peak)) });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    missing[name] = error.message;
  }
}
console.log(JSON.stringify({ bench: 'train', update: 'gradient descent', results, missing }, null, 2));

async function measure(name: string, peak: number) {
  const known = resnetNames.find((resnetName) => resnetName === name);
  const network = known
    ? resnet(known, { classes, seed: 1 })
    : await openNetwork({ network: name, classes, seed: 1 });
  const { batch, side } = shapeOf(name);
  const images = tf.randomUniform<tf.Rank.R4>([batch, side, side, 3], 0, 255);
  const labels = tf.oneHot(
    Array.from({ length: batch }, (_, i) => i % classes),
    classes,
  );
  const variables = network.groups.flat();
  const random = createRandom(1);
  const stepSeconds = await secondsOf(async () => {
    const loss = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        () => tf.losses.softmaxCrossEntropy(labels, network.apply(images, random)),
        variables,
      );
      for (const variable of variables) {
        const gradient = grads[variable.name];
        if (gradient) variable.assign(tf.sub(variable, tf.mul(gradient, learningRate)));
      }
      return value;
    });
    await loss.data();
    loss.dispose();
  });
  // The gradients of the inputs and of the kernels take as many operations each as the forward pass.
  const gigaflops = (3 * batch * forwardOperations(network, side)) / stepSeconds / 1e9;
  const imagesPerSecond = batch / stepSeconds;
  const pytorch = rivals.get(name) ?? null;
  network.dispose();
  tf.dispose([images, labels]);
  return {
    network: name,
    batch,
    side,
    imagesPerSecond: round(imagesPerSecond),
    gigaflops: round(gigaflops),
    convolutionPeak: round(peak),
    shareOfPeak: round(gigaflops / peak),
    pytorch: pytorch === null ? null : round(pytorch),
    ratioToPytorch: pytorch === null ? null : round(imagesPerSecond / pytorch),
  };
}

/** Median seconds of a call, for some seconds after one to warm up. */
async function secondsOf(call: () => Promise<void>): Promise<number> {
  await call();
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  do {
    const from = performance.now();
    await call();
    times.push((performance.now() - from) / 1000);
  } while (performance.now() < until);
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** Multiplications and additions of a forward pass for one image. */
function forwardOperations({ model }: Network, side: number): number {
  const shapes = new Map<number, layers.Shape>();
  let operations = 0;
  for (const symbol of model.outputs.flatMap(inOrder)) {
    const inputs = symbol.inputs.map(({ id }) => shapes.get(id) ?? [1, side, side, 3]);
    const [first = []] = inputs;
    const shape = symbol.sourceLayer.computeOutputShape(inputs.length > 1 ? inputs : first);
    const output = isShape(shape) ? shape : (shape[0] ?? []);
    shapes.set(symbol.id, output);
    const kernel = symbol.sourceLayer.weights.find(({ name }) => /kernel/.test(name))?.shape;
    if (kernel)
      operations +=
        2 * size(output) * (size(kernel) / (kernel.at(-1) === 1 ? (kernel[2] ?? 1) : (kernel.at(-1) ?? 1)));
  }
  return operations;
}

function isShape(shape: layers.Shape | layers.Shape[]): shape is layers.Shape {
  return !Array.isArray(shape[0]);
}

function size(shape: layers.Shape): number {
  return shape.reduce<number>((product, length) => product * (length ?? 1), 1);
}

/** Images a second; null where python3 has no PyTorch, or the script does not know the network. */
function measurePytorch(network: string): number | null {
  const { batch, side } = shapeOf(network);
  const script = fileURLToPath(new URL('./train.py', import.meta.url));
  try {
    const args = [script, network, String(batch), String(side), String(classes), String(seconds)];
    return Number(execFileSync('python3', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return null;
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
