// Small files that unfold to as much as a decoder takes, through the whole app. `npm run soak` tries all that there are,
// among the files that broke other decoders.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rankAndShow } from '../../bench/soak/bombs.ts';
import { temporaryFolder } from '../testing/folder.ts';

test(
  'bombs are ranked in less than 700 MB, or listed with the reason; what is ranked is shown',
  { tags: 'hostile-images', timeout: 300_000 },
  async () => {
    // Those that take the most, of each kind of decoder, and those that only their header gives away.
    const refused = await rankAndShow(join(temporaryFolder(), 'bombs'), [
      'rotated.jpg',
      'strip.tif',
      'interlaced.png',
      'deep and interlaced.png',
      'column.png',
      'huge.png',
      'huge.gif',
    ]);
    expect(refused.length).toBeGreaterThan(3);
  },
);
