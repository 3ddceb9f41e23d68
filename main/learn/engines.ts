// What this machine can compute on, each tried and measured: never a silent fallback.
import { availableParallelism, cpus } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { engines } from './backbone/onnx.ts';
import { encodeModel } from './onnx/graph.ts';

export interface EngineReport {
  readonly name: string;
  readonly device: string;
  /** Billions of multiplications and additions a second in a product of 1024 × 1024 matrices, single precision. */
  readonly gigaflops: number;
  /** Why it can't be used; null where it can. */
  readonly problem: string | null;
}

const size = 1024;
const repetitions = 10;

export async function measureEngines(): Promise<EngineReport[]> {
  const threads = availableParallelism();
  const cpu = `${cpus()[0]?.model.trim() ?? 'CPU'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const reports: EngineReport[] = [];
  for (const name of engines) {
    const device = name === 'cpu' ? `onnxruntime on ${cpu}` : `onnxruntime with ${name}`;
    try {
      reports.push({ name, device, gigaflops: await measure(name), problem: null });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      reports.push({ name, device, gigaflops: 0, problem });
    }
  }
  return reports;
}

/** The median of some repetitions, after one to warm up. */
async function measure(provider: string): Promise<number> {
  const matrix = { type: 'float32', shape: [size, size] } as const;
  const session = await InferenceSession.create(
    encodeModel({
      inputs: [
        { name: 'a', ...matrix },
        { name: 'b', ...matrix },
      ],
      outputs: [{ name: 'y', ...matrix }],
      nodes: [{ operator: 'MatMul', inputs: ['a', 'b'], outputs: ['y'] }],
    }),
    { executionProviders: [provider] },
  );
  const operand = new Tensor('float32', new Float32Array(size * size).fill(0.5), [size, size]);
  const seconds: number[] = [];
  for (let i = 0; i <= repetitions; i++) {
    const from = performance.now();
    await session.run({ a: operand, b: operand });
    if (i > 0) seconds.push((performance.now() - from) / 1000);
  }
  await session.release();
  const median = seconds.toSorted((a, b) => a - b)[Math.floor(repetitions / 2)] ?? Number.NaN;
  return (2 * size ** 3) / median / 1e9;
}
