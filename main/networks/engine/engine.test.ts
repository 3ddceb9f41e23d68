import { expect, test } from 'vitest';
import { openEngine } from './engine.ts';
import { tf } from './tf.ts';

test('the WebAssembly engine computes, and names its device', async () => {
  const engine = await openEngine('wasm');
  expect(engine).toMatchObject({ name: 'wasm', device: expect.stringMatching(/SIMD, 1 thread, on .+/) });
  expect(tf.getBackend()).toBe('wasm');
  const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
  expect([...product.dataSync()]).toEqual([19, 22, 43, 50]);
});
