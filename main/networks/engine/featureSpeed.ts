// The speed of an engine of ONNX Runtime.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel, type Node } from '../../math/graph.ts';
import { channels, images, matrixSide, medianSeconds, side, speedOf, type Speed } from './speed.ts';

/** @throws Error where the engine does not start. */
export async function measureFeatureSpeed(name: string): Promise<Speed> {
  const product = { operator: 'MatMul', inputs: ['a', 'b'], outputs: ['y'] };
  const square = [matrixSide, matrixSide];
  const convolution = {
    operator: 'Conv',
    inputs: ['a', 'b'],
    outputs: ['y'],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
  };
  const planes = [images, channels, side, side];
  const kernel = [channels, channels, 3, 3];
  return speedOf({
    product: await secondsOf(product, name, [square, square, square]),
    convolution: await secondsOf(convolution, name, [planes, kernel, planes]),
    withGradients: null,
  });
}

async function secondsOf(
  node: Node,
  engine: string,
  [a = [], b = [], y = []]: readonly (readonly number[])[],
): Promise<number> {
  const model = encodeModel({
    inputs: [
      { name: 'a', type: 'float32', shape: a },
      { name: 'b', type: 'float32', shape: b },
    ],
    outputs: [{ name: 'y', type: 'float32', shape: y }],
    nodes: [node],
  });
  const session = await InferenceSession.create(model, { executionProviders: [engine] });
  const feeds = { a: half(a), b: half(b) };
  try {
    return await medianSeconds(async () => void (await session.run(feeds)));
  } finally {
    await session.release();
  }
}

const half = (shape: readonly number[]) =>
  new Tensor('float32', new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5), shape);
