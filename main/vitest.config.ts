import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { faults } from './testing/faults.ts';

const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));

// One configuration for every unit test: they lie beside the code that they test.
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  plugins: [svelte({ configFile: false })],
  test: {
    // Tests start many child processes of the app: compiled code that is kept makes them start three times as fast.
    env: {
      NODE_COMPILE_CACHE: `${cache}/compiled`,
      // Nothing is fetched, and rankings do not depend on what is in the cache of who runs the tests.
      TOPLOSS_BACKBONE: 'patches',
    },
    include: ['{shared,main,renderer,bench}/**/*.test.ts'],
    // By default one processor is left idle, which on two is half of them.
    maxWorkers: availableParallelism(),
    tags: faults.map(({ tag, fault }) => ({ name: tag, description: fault })),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
