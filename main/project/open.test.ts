import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers } from '../testing/images.ts';
import { importNow, newProject } from '../testing/project.ts';
import { allImages } from '../store/images.ts';
import { openProject, readProject } from './open.ts';

test('a project lies beside its data set, never inside it', async () => {
  const { root, project } = await newProject(1);
  expect(project).toMatchObject({ name: 'flowers', dataset: root, root, folder: `${root}.toploss` });
  expect(existsSync(join(root, 'labels.db'))).toBe(false);
});

test('a data set called images is named after the folder above it too', () => {
  const folder = join(temporaryFolder(), 'pets', 'images');
  mkdirSync(folder, { recursive: true });
  const project = openProject(folder);
  expect(project.name).toBe('pets/images');
  project.close();
});

test('a project is refused where another has it, and read all the same', async () => {
  const { root, project } = await newProject(1);
  await importNow(project);
  expect((await failureOf(() => openProject(root))).code).toBe('busy');
  const reading = readProject(root);
  expect(allImages(reading.db)).toHaveLength(3);
  reading.close();
  project.close();
  const again = openProject(root);
  expect(again.id).toBe(project.id);
  again.close();
});

test('a data set that is not there is said, and nothing is made', async () => {
  const dataset = join(temporaryFolder(), 'nowhere');
  const { code, message } = await failureOf(() => openProject(dataset));
  expect(code).toBe('not-found');
  expect(message).toContain(dataset);
  expect(existsSync(`${dataset}.toploss`)).toBe(false);
});

const asNobody = test.skipIf(process.getuid?.() !== 0);

asNobody('the project of a data set in a read-only place lies with the user', async () => {
  const { place, root } = await readOnlyPlace();
  const userData = temporaryFolder();
  execFileSync('chmod', ['777', userData]);
  const opened = openAsNobody(root, { userData });
  expect(opened).toMatch(new RegExp(`^opened ${userData}/projects/flowers-[0-9a-f]{8}\\.toploss$`));
  expect(existsSync(join(place, 'flowers.toploss'))).toBe(false);
});

asNobody('a project folder that cannot be written is said, with what to do', async () => {
  const { place, root } = await readOnlyPlace();
  const folder = join(place, 'project');
  const failure = openAsNobody(root, { folder });
  expect(failure).toContain('read-only');
  expect(failure).toContain(folder);
  expect(failure).toContain('--project');
});

asNobody('a project that cannot be used just now is said, and no other is made in its place', async () => {
  const { root } = await readOnlyPlace();
  openProject(root).close();
  const userData = temporaryFolder();
  execFileSync('chmod', ['777', userData]);
  expect(openAsNobody(root, { userData })).toMatch(
    /^read-only The project folder .*flowers\.toploss can't be used/,
  );
  expect(readdirSync(userData)).toEqual([]);
});

/** A data set in a folder that only its owner may write. */
async function readOnlyPlace(): Promise<{ place: string; root: string }> {
  const place = temporaryFolder();
  const root = join(place, 'flowers');
  await drawFlowers(root, 1);
  execFileSync('chmod', ['755', place]);
  return { place, root };
}

/** Opens a project in a process without rights. @returns "opened" and its folder, or the failure. */
function openAsNobody(root: string, place: { folder?: string; userData?: string }): string {
  const script = `
    process.setuid(65534);
    const { openProject } = await import(${JSON.stringify(new URL('open.ts', import.meta.url).href)});
    try { console.log('opened', openProject(${JSON.stringify(root)}, ${JSON.stringify(place)}).folder); }
    catch ({ code, message }) { console.log(code, message); }`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
}
