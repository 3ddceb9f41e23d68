import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { allImages, storeFacts } from '../store/images.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, put } from '../testing/images.ts';
import { idAt, importNow, standingAt } from '../testing/project.ts';
import { decideOn } from '../testing/store.ts';
import { moveExcludedOut, putExcludedBack, trashOf } from './excluded.ts';
import { openProject, type Project } from './open.ts';

const paths = ['rose/0.png', 'rose/1.png', 'tulip/2.png'];

/** Nine images that were read, three of them excluded. */
async function excluding(folder?: string): Promise<{ root: string; project: Project }> {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, 3);
  const project = openProject(root, folder ? { folder } : {});
  await importNow(project);
  storeFacts(
    project.db,
    allImages(project.db).map(({ id, path }) => ({
      id,
      hash: createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest(),
      width: 16,
      height: 16,
      reason: null,
    })),
  );
  decideOn(
    project.db,
    paths.map((path) => idAt(project, path)),
    { verdict: 'exclude' },
  );
  return { root, project };
}

/** The bytes of all files below some folders, in any order. */
function bytesIn(...folders: string[]): string[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('base64'))
    .toSorted();
}

for (const [where, place] of [
  ['on the same file system', '/tmp'],
  ['on another file system', '/dev/shm'],
] as const) {
  test.skipIf(!existsSync(place))(
    `excluded images are moved out and put back, the trash ${where}`,
    async () => {
      const folder = mkdtempSync(join(place, 'toploss-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const { root, project } = await excluding(folder);
      const before = bytesIn(root);
      expect(await moveExcludedOut(project)).toEqual({ moved: 3, stayed: [] });
      expect(bytesIn(root)).toHaveLength(6);
      expect(bytesIn(root, trashOf(project))).toEqual(before);
      // Neither vanished nor a problem.
      expect(await importNow(project)).toMatchObject({ vanished: 0, problems: 0, images: 6 });
      expect(await putExcludedBack(project)).toEqual({ moved: 3, stayed: [] });
      expect(bytesIn(root)).toEqual(before);
      expect(bytesIn(trashOf(project))).toEqual([]);
      expect(await importNow(project)).toMatchObject({ vanished: 0, added: 0, changed: 0, images: 9 });
      expect(paths.map((path) => standingAt(project, path))).toEqual([
        'rose exclude',
        'rose exclude',
        'tulip exclude',
      ]);
      project.close();
    },
  );
}

test('a file that changed stays, the others go', async () => {
  const { root, project } = await excluding();
  appendFileSync(join(root, 'rose/1.png'), 'x');
  expect(await moveExcludedOut(project)).toMatchObject({
    moved: 2,
    stayed: [{ path: 'rose/1.png', reason: expect.stringContaining('has changed') }],
  });
  expect(existsSync(join(root, 'rose/1.png'))).toBe(true);
  project.close();
});

test('a name that is taken, in the trash or in the data set, is not overwritten', async () => {
  const { root, project } = await excluding();
  put(trashOf(project), 'rose/0.png', 'another');
  await moveExcludedOut(project);
  expect(readFileSync(join(trashOf(project), 'rose/0.png'), 'utf8')).toBe('another');
  put(root, 'rose/0.png', 'a third');
  expect(await putExcludedBack(project)).toMatchObject({ moved: 3 });
  expect(readFileSync(join(root, 'rose/0.png'), 'utf8')).toBe('a third');
  expect(standingAt(project, 'rose/0-2.png')).toBe('rose exclude');
  project.close();
});

for (const [way, place] of [
  ['linked', '/tmp'],
  ['copied', '/dev/shm'],
] as const) {
  test.skipIf(!existsSync(place))(
    `a kill at any step of files that are ${way} loses nothing, and the next start goes on`,
    async () => {
      for (let step = 1; step <= 4; step++) {
        const folder = mkdtempSync(join(place, 'toploss-'));
        onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
        const { root, project } = await excluding(folder);
        const before = bytesIn(root);
        project.close();
        for (const move of ['moveExcludedOut', 'putExcludedBack']) {
          const script = `
          const { openProject } = await import(${JSON.stringify(new URL('open.ts', import.meta.url).href)});
          const excluded = await import(${JSON.stringify(new URL('excluded.ts', import.meta.url).href)});
          let steps = 0;
          await excluded.${move}(openProject(${JSON.stringify(root)}, { folder: ${JSON.stringify(folder)} }), {
            observe: () => ++steps === ${step} && process.kill(process.pid, 'SIGKILL'),
          });`;
          const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
          expect(signal).toBe('SIGKILL');
          const again = openProject(root, { folder });
          expect(await importNow(again)).toMatchObject({ vanished: 0, problems: 0 });
          const all = bytesIn(root, trashOf(again));
          expect(all).toEqual(before);
          again.close();
        }
      }
    },
  );
}
