// The same network, data and start on every engine that is here. Each in a process of its own, as native libraries are.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findAddon } from './library.ts';

const script = fileURLToPath(new URL('fixtures/losses.ts', import.meta.url));
/** A software adapter, as Debian's chromium brings it. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

async function train(engine: string): Promise<{ losses: number[]; growth: number[] }> {
  const env = { ...process.env, VK_ICD_FILENAMES: swiftShader };
  const { stdout } = await promisify(execFile)(process.execPath, [script, engine], { env });
  return JSON.parse(stdout);
}

const onWasm = train('wasm');

test('WebAssembly learns, and no step leaves a tensor behind', async () => {
  const { losses, growth } = await onWasm;
  expect(losses).toHaveLength(20);
  expect(losses[19]).toBeLessThan((losses[0] ?? 0) - 0.05);
  expect(new Set(growth)).toEqual(new Set([0]));
});

test.skipIf(!existsSync(swiftShader))(
  'WebGPU computes the same losses (needs SwiftShader)',
  async () => {
    await expectTheSame('webgpu');
  },
  180_000, // It compiles dozens of shaders on the CPU.
);

test.skipIf(!findAddon('tensorflow'))(
  'TensorFlow computes the same losses (needs npm run setup:tensorflow)',
  async () => {
    await expectTheSame('tensorflow');
  },
);

async function expectTheSame(engine: string): Promise<void> {
  const { losses, growth } = await train(engine);
  const expected = (await onWasm).losses;
  const difference = losses.map((loss, step) => Math.abs(loss - (expected[step] ?? Number.NaN)));
  expect(Math.max(...difference)).toBeLessThan(1e-3);
  expect(new Set(growth)).toEqual(new Set([0]));
}
