// A home folder opened as a data set (CVE-2022-29241): what Toploss keeps there is no part of it.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { everyImage as all } from '../../shared/query.ts';
import { startApp } from '../testing/app.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers } from '../testing/images.ts';

test(
  'a home folder with projects and user data in it has its own images alone',
  { tags: 'home-folder' },
  async () => {
    const home = temporaryFolder();
    await drawFlowers(join(home, 'flowers'), 3);
    const app = await startApp(join(home, 'user data'));
    const flowers = await app.open(join(home, 'flowers'));
    const [first] = (await app.call('queue.order', flowers.id, all)).ids;
    if (first === undefined) throw new Error('there are images');
    const [card] = await app.call('queue.cards', flowers.id, [first]);
    // Now there is a thumbnail, which is an image, below the project's folder.
    expect((await app.get(card?.thumb ?? '')).status).toBe(200);
    await app.close();

    const again = await startApp(join(home, 'user data'));
    const state = await again.open(home);
    expect(state).toMatchObject({ dataset: home, images: 9 });
    const { ids } = await again.call('queue.order', state.id, all);
    const paths = (await again.call('queue.cards', state.id, [...ids])).map(({ path }) => path);
    expect(paths.every((path) => /^flowers\/\w+\/\d\.png$/.test(path))).toBe(true);
    const problems = await again.call('problems.list', state.id);
    expect(problems).toEqual([
      { path: 'flowers.toploss', reason: 'project folder of Toploss, not part of the data set' },
      { path: 'user data/recent.json', reason: 'not an image' },
    ]);
    const { entries } = await again.call('folders.list', home);
    expect(entries.map(({ name }) => name)).toEqual(['flowers', 'user data']);
  },
);
