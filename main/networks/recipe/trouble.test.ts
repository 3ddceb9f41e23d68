import { expect, test } from 'vitest';
import { Failure } from '../../../shared/failure.ts';
import { engineFailure } from './trouble.ts';

// As the engines and V8 say it.
const memory = [
  'OOM when allocating tensor with shape[64,112,112,64] and type float on /device:GPU:0 by allocator GPU_0_bfc',
  'ResourceExhaustedError: failed to allocate memory',
  'Aborted(OOM). Build with -sASSERTIONS for more info.',
  'WebAssembly.Memory.grow(): Maximum memory size exceeded',
  'Array buffer allocation failed',
  'std::bad_alloc',
  'CUDA_ERROR_OUT_OF_MEMORY: out of memory',
  'Out of memory: createBuffer failed',
];
const lost = [
  'GPUDevice was lost: unknown',
  'A valid external Instance reference no longer exists. Device lost',
  'failed to synchronize: CUDA_ERROR_ILLEGAL_ADDRESS',
  // Small allocations fail after a loss.
  'Device is lost; createBuffer: Out of memory',
];

test('a lost device and lack of memory are told apart by what the engine says', () => {
  for (const words of memory) expect(engineFailure(new Error(words))?.code, words).toBe('out-of-memory');
  for (const words of lost) expect(engineFailure(new Error(words))?.code, words).toBe('device-lost');
});

test('other errors, and failures that are explained already, are left as they are', () => {
  expect(engineFailure(new TypeError('x is not a function'))).toBeNull();
  expect(engineFailure(new Failure('disk-full', 'There is no room: out of memory.'))).toBeNull();
});
