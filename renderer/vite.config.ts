import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The page is served under a policy without inline scripts, styles or data: URLs, so nothing may be inlined.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome140',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npm run dev` beside `toploss serve`: calls, events and images go to the running app.
  server: { proxy: { '^/(call|events|thumb|image)': 'http://127.0.0.1:4173' } },
});
