// What a person sees who moves excluded images out of the data set in the page, and puts them back.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ProjectState } from '../../shared/contract.ts';
import { everyImage } from '../../shared/query.ts';
import type { TrashItem } from '../dataset/excluded.ts';
import { startApp, trainTiny, type TestApp } from '../testing/app.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlower, drawFlowers, put } from '../testing/images.ts';

/** A ranked data set of 18 images, of which two roses are excluded. */
async function excluding(
  trashItem?: TrashItem,
): Promise<{ app: TestApp; root: string; state: ProjectState }> {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, 6);
  const app = await startApp(undefined, { trashItem });
  const { id } = await trainTiny(app, root);
  const { ids } = await app.call('queue.order', id, everyImage);
  const roses = (await app.call('queue.cards', id, [...ids])).filter(({ path }) =>
    ['rose/1.png', 'rose/2.png'].includes(path),
  );
  const excluded = roses.map((card) => card.id);
  const state = await app.decide(id, excluded, { verdict: 'exclude' });
  return { app, root, state };
}

async function move(app: TestApp, { id }: ProjectState, to: 'trash' | 'dataset' | 'system-trash') {
  await app.until({ id }, ({ task }) => task === null);
  await app.act('excluded.move', id, to);
  return app.until({ id }, ({ task }) => task === null);
}

test(
  'excluded images are moved out and put back, and the page is told what will be and what was',
  { tags: 'move-page' },
  async () => {
    const { app, root, state } = await excluding();
    const trash = join(`${root}.toploss`, 'trash');
    const files = await app.call('excluded.files', state.id);
    expect(files).toMatchObject({ inSet: { files: 2 }, unread: 0, out: { files: 0, bytes: 0 }, trash });
    expect(files.inSet.bytes).toBeGreaterThan(100);
    expect(files.examples.map(({ path }) => path)).toEqual(['rose/1.png', 'rose/2.png']);

    const out = await move(app, state, 'trash');
    expect(out).toMatchObject({
      failure: null,
      images: 16,
      verdicts: { exclude: 0 },
      lastMove: { to: 'trash', moved: 2, renamed: 0, stayed: 0 },
    });
    expect(readdirSync(join(trash, 'rose'))).toEqual(['1.png', '2.png']);
    expect(await app.call('excluded.files', state.id)).toMatchObject({
      inSet: { files: 0 },
      examples: [],
      out: files.inSet,
      systemTrash: false,
    });
    // A browser has no system's trash.
    expect(await app.reply('excluded.move', state.id, 'system-trash')).toMatchObject({
      ok: false,
      error: { code: 'bad-request', message: expect.stringContaining('Nothing was moved') },
    });

    put(root, 'rose/1.png', await drawFlower('rose', 77));
    const back = await move(app, state, 'dataset');
    expect(back).toMatchObject({
      failure: null,
      images: 18,
      verdicts: { exclude: 2 },
      lastMove: {
        to: 'dataset',
        moved: 2,
        renamed: 1,
        newNames: [{ path: 'rose/1.png', now: 'rose/1-2.png' }],
        stayed: 0,
      },
    });

    // An exclusion that is undone while its file is out of the set holds until that is put back.
    await move(app, state, 'trash');
    expect(await app.act('labels.undo', state.id)).toMatchObject({ images: 16, verdicts: { none: 16 } });
    expect(await move(app, state, 'dataset')).toMatchObject({
      images: 18,
      verdicts: { exclude: 0, none: 18 },
    });
  },
);

test(
  "files that stay are named with the reason; on the desktop, those that the system's trash refuses too",
  { tags: 'system-trash' },
  async () => {
    const handed: string[] = [];
    const { app, root, state } = await excluding(async (file) => {
      handed.push(file);
      throw new Error('it is full');
    });
    put(root, 'rose/2.png', 'another file by now');
    expect(await move(app, state, 'trash')).toMatchObject({
      failure: null,
      lastMove: {
        moved: 1,
        stayed: 1,
        reasons: [
          { path: 'rose/2.png', reason: 'it has changed since it was read: rank the data set again first' },
        ],
      },
    });
    expect(await app.call('excluded.files', state.id)).toMatchObject({ systemTrash: true });
    expect(await move(app, state, 'system-trash')).toMatchObject({
      failure: null,
      lastMove: {
        to: 'system-trash',
        moved: 0,
        stayed: 1,
        reasons: [{ path: 'rose/1.png', reason: "the system's trash did not take it (it is full)" }],
      },
    });
    expect(handed).toEqual([join(`${root}.toploss`, 'trash/rose/1.png')]);
    expect(existsSync(handed[0] ?? '')).toBe(true);
  },
);
