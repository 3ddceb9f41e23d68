import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ImageId } from '../../shared/contract.ts';
import { backUp } from '../store/backups.ts';
import { startApp } from '../testing/app.ts';
import { idAt, importNow, newProject } from '../testing/project.ts';
import { decideOn } from '../testing/store.ts';

const image = (id: number) => id as ImageId;

/** An app with a data set of nine images, two of them with a verdict in the only backup of the project. */
async function withProject() {
  const { root, project } = await newProject(3);
  await importNow(project);
  for (const [path, verdict] of [
    ['rose/0.png', 'keep'],
    ['rose/1.png', 'exclude'],
  ] as const) {
    decideOn(project.db, [idAt(project, path)], { verdict });
  }
  backUp(project.db, project.folder, 'test');
  project.close();
  return { app: await startApp(), root, file: join(project.folder, 'labels.db') };
}

test(
  'a damaged store is said with its backups, one goes back to the newest, and labels on top of it are counted',
  { tags: 'damaged-store' },
  async () => {
    const { app, root, file } = await withProject();
    const { id } = await app.call('project.open', { dataset: root });
    await app.decide(id, [image(3)], { verdict: 'unsure' });
    await app.close();
    writeFileSync(file, 'not a database');

    const again = await startApp();
    expect(await again.reply('project.open', { dataset: root })).toMatchObject({
      ok: false,
      error: { code: 'damaged', message: expect.stringContaining(file) },
    });
    const [newest, ...others] = await again.call('project.backups', root);
    expect(others).toEqual([]);
    expect(newest).toMatchObject({ verdicts: 2, differ: null });
    const state = await again.call('project.restore', root, newest?.name ?? '');
    expect(state.verdicts).toMatchObject({ keep: 1, exclude: 1, unsure: 0 });
    expect(state.notice).toMatch(/^The labels are those of the backup .* is kept in /);
    expect(readdirSync(join(`${root}.toploss`, 'aside'))).toHaveLength(1);
  },
);

test(
  'labels.db that was moved away while it was open is said, and opened anew once it is back',
  { tags: 'store-gone' },
  async () => {
    const { app, root, file } = await withProject();
    const { id } = await app.call('project.open', { dataset: root });
    renameSync(file, `${file}.elsewhere`);
    expect(
      await app.reply('labels.decide', id, [{ images: [image(3)], decision: { verdict: 'unsure' } }]),
    ).toMatchObject({
      ok: false,
      error: { code: 'moved', message: expect.stringContaining(file) },
    });
    // What is asked of it goes on being answered.
    expect((await app.call('project.state', id)).verdicts).toMatchObject({ keep: 1, exclude: 1, unsure: 0 });
    expect(await app.reply('project.open', { dataset: root })).toMatchObject({ error: { code: 'damaged' } });
    renameSync(`${file}.elsewhere`, file);
    const { verdicts } = await app.call('project.open', { dataset: root });
    expect(verdicts).toMatchObject({ keep: 1, exclude: 1, unsure: 0 });
    await app.decide(id, [image(3)], { verdict: 'unsure' });
    expect((await app.call('project.state', id)).verdicts.unsure).toBe(1);
  },
);

test(
  'an open project goes back to a backup, and says how many labels differ',
  { tags: 'restore' },
  async () => {
    const { app, root } = await withProject();
    const { id } = await app.call('project.open', { dataset: root });
    await app.decide(id, [image(3), image(4)], { verdict: 'unsure' });
    const [newest] = await app.call('project.backups', root);
    expect(newest).toMatchObject({ verdicts: 2, differ: 2 });
    const { verdicts, notice } = await app.call('project.restore', root, newest?.name ?? '');
    expect(verdicts).toMatchObject({ keep: 1, exclude: 1, unsure: 0 });
    expect(notice).toContain('It differs in 2 labels');
  },
);
