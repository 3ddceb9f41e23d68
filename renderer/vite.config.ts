import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { routes } from '../shared/routes.ts';

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
  // `npm run dev` beside `toploss serve --port 4173`: open this server with the token behind the # of the printed link.
  server: {
    host: '127.0.0.1',
    // The routes of the app, and the one of its door to the browser.
    proxy: {
      [`^/(session|${routes.join('|')})([/?]|$)`]: {
        target: app,
        changeOrigin: true,
        headers: { origin: app },
      },
    },
  },
});
