import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, link, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { allImages, storeFacts } from '../store/images.ts';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers, put } from '../testing/images.ts';
import { idAt, importNow, standingAt } from '../testing/project.ts';
import { decideOn } from '../testing/store.ts';
import { discardExcluded, excludedFiles, moveExcludedOut, putExcludedBack, trashOf } from './excluded.ts';
import { openProject, type Project } from '../project/open.ts';
import { unfollowed } from '../work/work.ts';

// The real functions, some of which a test lets fail.
vi.mock(import('node:fs/promises'), { spy: true });

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
  test(
    `excluded images are moved out and put back, the trash ${where}`,
    { tags: 'move-excluded' },
    async ({ skip }) => {
      skip(!existsSync(place), 'there is no second file system');
      const folder = mkdtempSync(join(place, 'toploss-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const { root, project } = await excluding(folder);
      const before = bytesIn(root);
      expect(await moveExcludedOut(project)).toEqual({ moved: 3, renamed: [], stayed: [] });
      expect(bytesIn(root)).toHaveLength(6);
      expect(bytesIn(root, trashOf(project))).toEqual(before);
      // Neither vanished nor a problem.
      expect(await importNow(project)).toMatchObject({ vanished: 0, problems: 0, images: 6 });
      expect(await putExcludedBack(project)).toEqual({ moved: 3, renamed: [], stayed: [] });
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

test('a file that changed stays, the others go', { tags: 'move-changed' }, async () => {
  const { root, project } = await excluding();
  appendFileSync(join(root, 'rose/1.png'), 'x');
  expect(await moveExcludedOut(project)).toMatchObject({
    moved: 2,
    stayed: [{ path: 'rose/1.png', reason: expect.stringContaining('has changed') }],
  });
  expect(existsSync(join(root, 'rose/1.png'))).toBe(true);
  project.close();
});

test(
  'a name that is taken, in the trash or in the data set, is not overwritten',
  { tags: 'move-name-taken' },
  async () => {
    const { root, project } = await excluding();
    put(trashOf(project), 'rose/0.png', 'another');
    await moveExcludedOut(project);
    expect(readFileSync(join(trashOf(project), 'rose/0.png'), 'utf8')).toBe('another');
    put(root, 'rose/0.png', 'a third');
    expect(await putExcludedBack(project)).toEqual({
      moved: 3,
      renamed: [{ path: 'rose/0.png', now: 'rose/0-2.png' }],
      stayed: [],
    });
    expect(readFileSync(join(root, 'rose/0.png'), 'utf8')).toBe('a third');
    expect(standingAt(project, 'rose/0-2.png')).toBe('rose exclude');
    project.close();
  },
);

test(
  'an image that is not excluded any more when its turn comes stays',
  { tags: 'move-cancelled' },
  async () => {
    const { root, project } = await excluding();
    const undecide = () => decideOn(project.db, [idAt(project, 'rose/1.png')], { verdict: 'clear' });
    expect(
      await moveExcludedOut(project, { observe: (step) => step === 'linked' && undecide() }),
    ).toMatchObject({
      moved: 2,
      stayed: [{ path: 'rose/1.png', reason: 'it is not excluded any more' }],
    });
    expect(existsSync(join(root, 'rose/1.png'))).toBe(true);
    project.close();
  },
);

test(
  'cancelled, it says how far it came, and the rest is where it was',
  { tags: 'move-cancelled' },
  async () => {
    const { root, project } = await excluding();
    const before = bytesIn(root);
    const controller = new AbortController();
    const failure = await failureOf(() =>
      moveExcludedOut(project, {
        work: { ...unfollowed(controller.signal), progress: () => controller.abort() },
      }),
    );
    expect(failure).toMatchObject({
      code: 'cancelled',
      message: 'Cancelled. 1 of 3 files were moved, the others are where they were.',
    });
    expect(excludedFiles(project)).toMatchObject({ inSet: { length: 2 }, out: { length: 1 } });
    expect(bytesIn(root, trashOf(project))).toEqual(before);
    project.close();
  },
);

test(
  'a move that cannot be stored is taken up at the next start, and no image is taken for vanished',
  { tags: 'move-unstored' },
  async () => {
    const { root, project } = await excluding();
    const before = bytesIn(root);
    const fail = () =>
      project.db.exec(
        `CREATE TEMP TRIGGER broken BEFORE UPDATE ON file_moves BEGIN SELECT RAISE(ABORT, 'the disk broke'); END`,
      );
    await expect(
      moveExcludedOut(project, { observe: (step) => step === 'unlinked' && fail() }),
    ).rejects.toThrow('the disk broke');
    project.close();
    const again = openProject(root);
    expect(await importNow(again)).toMatchObject({ vanished: 0, images: 6 });
    expect(bytesIn(root, trashOf(again))).toEqual(before);
    expect(await putExcludedBack(again)).toMatchObject({ moved: 3, stayed: [] });
    again.close();
  },
);

test("the system's trash is handed what was moved out, and what it gives back can be put back", async () => {
  const { root, project } = await excluding();
  const before = bytesIn(root);
  const systemTrash = temporaryFolder();
  await moveExcludedOut(project);
  const trashItem = async (file: string) => renameSync(file, join(systemTrash, basename(file)));
  expect(await discardExcluded(project, trashItem)).toEqual({ moved: 3, renamed: [], stayed: [] });
  expect(excludedFiles(project)).toEqual({ inSet: [], out: [] });
  expect(await importNow(project)).toMatchObject({ vanished: 0, problems: 0, images: 6 });
  expect(bytesIn(root, systemTrash)).toEqual(before);

  renameSync(join(systemTrash, '1.png'), join(trashOf(project), 'rose/1.png'));
  expect(await putExcludedBack(project)).toMatchObject({ moved: 1, stayed: [] });
  expect(standingAt(project, 'rose/1.png')).toBe('rose exclude');
  project.close();
});

test.each<[string, (file: string) => Promise<void>, string]>([
  ['rejects', () => Promise.reject(new Error('no trash here')), ' (no trash here)'],
  ['does nothing', () => Promise.resolve(), ''],
])(
  "a system's trash that %s leaves every file in trash/, and nothing is deleted",
  { tags: 'system-trash' },
  async (_, trashItem, why) => {
    const { root, project } = await excluding();
    const before = bytesIn(root);
    await moveExcludedOut(project);
    const { moved, stayed } = await discardExcluded(project, trashItem);
    expect(moved).toBe(0);
    expect(stayed[0]).toEqual({ path: 'rose/0.png', reason: `the system's trash did not take it${why}` });
    expect(bytesIn(root, trashOf(project))).toEqual(before);
    expect(await putExcludedBack(project)).toMatchObject({ moved: 3 });
    expect(bytesIn(root)).toEqual(before);
    project.close();
  },
);

test("a file in trash/ that is another one by now is not handed to the system's trash", async () => {
  const { project } = await excluding();
  await moveExcludedOut(project);
  appendFileSync(join(trashOf(project), 'rose/1.png'), 'x');
  const handed: string[] = [];
  const trashItem = async (file: string) => {
    handed.push(file);
    rmSync(file);
  };
  expect(await discardExcluded(project, trashItem)).toMatchObject({
    moved: 2,
    stayed: [
      { path: 'rose/1.png', reason: 'it has changed since it was read: rank the data set again first' },
    ],
  });
  expect(handed).toHaveLength(2);
  project.close();
});

test(
  "a kill while the system's trash takes a file is found out at the next start",
  { tags: 'system-trash' },
  async () => {
    for (const [taken, out] of [
      [true, 2],
      [false, 3],
    ] as const) {
      const { root, project } = await excluding();
      await moveExcludedOut(project);
      project.close();
      const script = `
      const { openProject } = await import(${JSON.stringify(new URL('../project/open.ts', import.meta.url).href)});
      const { discardExcluded } = await import(${JSON.stringify(new URL('excluded.ts', import.meta.url).href)});
      const { renameSync } = await import('node:fs');
      await discardExcluded(openProject(${JSON.stringify(root)}), async (file) => {
        if (${taken}) renameSync(file, ${JSON.stringify(join(temporaryFolder(), 'taken'))});
        process.kill(process.pid, 'SIGKILL');
      });`;
      const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
      expect(signal).toBe('SIGKILL');
      const again = openProject(root);
      await importNow(again);
      expect(excludedFiles(again).out).toHaveLength(out);
      again.close();
    }
  },
);

test(
  'a disk that fills up in the middle of a copy leaves that file where it is, whole, and nothing half written',
  { tags: 'move-full-disk' },
  async () => {
    const { root, project } = await excluding();
    const before = bytesIn(root);
    vi.mocked(link).mockRejectedValueOnce(Object.assign(new Error('another disk'), { code: 'EXDEV' }));
    vi.mocked(copyFile).mockImplementationOnce((_from, to) => {
      writeFileSync(to as string, 'half of i');
      return Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    });
    const { moved, stayed } = await moveExcludedOut(project);
    expect({ moved, stayed }).toEqual({
      moved: 2,
      stayed: [{ path: paths[0], reason: 'the disk that it would go to is full' }],
    });
    expect(existsSync(join(root, paths[0] ?? ''))).toBe(true);
    expect(bytesIn(root, trashOf(project))).toEqual(before);
    // With room again, it goes too.
    expect(await moveExcludedOut(project)).toMatchObject({ moved: 1, stayed: [] });
    project.close();
  },
);

test(
  'a disk that can only be read keeps its file, which stays excluded, and goes once the disk can be written',
  { tags: 'move-read-only' },
  async () => {
    const { root, project } = await excluding();
    const before = bytesIn(root);
    const readOnly = Object.assign(new Error('read-only file system'), { code: 'EROFS' });
    // It lies on another disk than the trash: it is copied there, and then cannot be taken away here.
    vi.mocked(link).mockRejectedValueOnce(Object.assign(new Error('another disk'), { code: 'EXDEV' }));
    vi.mocked(unlink).mockImplementation(async (path) => {
      if (path === join(root, paths[0] ?? '')) throw readOnly;
      rmSync(path);
    });
    onTestFinished(() => void vi.mocked(unlink).mockReset());
    const { moved, stayed } = await moveExcludedOut(project);
    expect({ moved, stayed }).toEqual({
      moved: 2,
      stayed: [{ path: paths[0], reason: 'its place cannot be written' }],
    });
    expect(existsSync(join(root, paths[0] ?? ''))).toBe(true);
    expect(standingAt(project, paths[0] ?? '')).toBe('rose exclude');
    vi.mocked(unlink).mockReset();
    expect(await moveExcludedOut(project)).toMatchObject({ moved: 1, stayed: [] });
    expect(bytesIn(root, trashOf(project))).toEqual(before);
    project.close();
  },
);

for (const [way, place] of [
  ['linked', '/tmp'],
  ['copied', '/dev/shm'],
] as const) {
  test(
    `a kill at any step of files that are ${way} loses nothing, and the next start goes on`,
    { tags: 'move-killed' },
    async ({ skip }) => {
      skip(!existsSync(place), 'there is no second file system');
      for (let step = 1; step <= 4; step++) {
        const folder = mkdtempSync(join(place, 'toploss-'));
        onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
        const { root, project } = await excluding(folder);
        const before = bytesIn(root);
        project.close();
        for (const move of ['moveExcludedOut', 'putExcludedBack']) {
          const script = `
          const { openProject } = await import(${JSON.stringify(new URL('../project/open.ts', import.meta.url).href)});
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
