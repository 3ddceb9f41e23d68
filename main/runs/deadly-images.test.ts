import { expect, test } from 'vitest';
import { allImages } from '../store/images.ts';
import { writeTinyBackbone } from '../testing/backbone.ts';
import { makeDeadly, makeDecodersFragile } from '../testing/deadly.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { importNow, idAt, newProject, startTrainer, trainNow } from '../testing/project.ts';

test.each([
  ['features of a given backbone', true],
  ['learned patches', false],
])(
  'files that kill the decoder are listed with the reason, and the run goes on without them: %s',
  { timeout: 120_000, tags: 'deadly-images' },
  async (_, isGiven) => {
    const { root, project } = await newProject(12);
    const deadly = ['rose/3.png', 'violet/11.png'];
    for (const path of deadly) makeDeadly(root, path);
    makeDecodersFragile();
    const { trainer, children } = startTrainer();
    await importNow(project);
    const backbone = isGiven ? writeTinyBackbone(temporaryFolder()) : null;
    const { trained } = await trainNow(project, trainer, { backbone });

    const rows = allImages(project.db);
    expect(rows.filter(({ reason }) => reason !== null).map(({ path, reason }) => [path, reason])).toEqual(
      deadly.map((path) => [path, 'damaged: its decoder crashes (killed by SIGSEGV)']),
    );
    const scored = [...trained.scores.images];
    expect(scored).toHaveLength(34);
    for (const path of deadly) expect(scored).not.toContain(idAt(project, path));
    expect(children.length).toBeLessThanOrEqual(1 + 2 * deadly.length);

    // What is known is not tried again.
    await importNow(project);
    await trainNow(project, trainer, { backbone });
    expect(children.length).toBeLessThanOrEqual(1 + 2 * deadly.length);
  },
);
