import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const app = 'http://127.0.0.1:4173';

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
  // `npm run dev` beside `toploss serve --port 4173`: open the printed link once, for its cookie, then this server.
  server: {
    host: '127.0.0.1',
    proxy: { '^/(call|events|thumb|image)/?': { target: app, changeOrigin: true, headers: { origin: app } } },
  },
});
