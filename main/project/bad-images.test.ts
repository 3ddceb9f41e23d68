import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { allImages } from '../store/images.ts';
import { writeTinyBackbone } from '../testing/backbone.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { importNow, startTrainer, trainNow } from '../testing/project.ts';
import { openProject } from './open.ts';

const corpus = fileURLToPath(new URL('../../../shared/data/bad-images', import.meta.url));

test.skipIf(!existsSync(corpus))(
  'of files that break decoders, each is ranked or has a reason, and the process survives (needs ../shared/data)',
  async () => {
    const project = openProject(corpus, { folder: temporaryFolder() });
    const { trainer, children } = startTrainer();
    const from = performance.now();
    await importNow(project);
    const { trained, images } = await trainNow(project, trainer, {
      backbone: writeTinyBackbone(temporaryFolder()),
    });
    expect(performance.now() - from).toBeLessThan(60_000);
    expect(children).toHaveLength(1);

    const rows = allImages(project.db);
    const all = readdirSync(corpus, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(rows.map(({ path }) => path).toSorted()).toEqual(
      all.map((entry) => relative(corpus, join(entry.parentPath, entry.name))).toSorted(),
    );
    const scored = new Set(images.filter((_, i) => trained.scores.predicted[i] !== -1));
    for (const { id, path, reason } of rows) expect(scored.has(id), path).toBe(reason === null);
    expect(scored.size).toBeGreaterThan(100);
    project.close();
  },
  120_000,
);
