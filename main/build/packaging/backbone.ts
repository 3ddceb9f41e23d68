// Fetches the default backbone for the packaged app, which carries it: `npm run backbone`.
import { fileURLToPath } from 'node:url';
import { unfollowed } from '../../work/work.ts';
import { fetchLite } from '../../features/backbone/pretrained.ts';

console.log(
  await fetchLite('efficientnet-lite2', {
    cacheFolder: fileURLToPath(new URL('../../../dist/backbones', import.meta.url)),
    work: unfollowed(),
  }),
);
